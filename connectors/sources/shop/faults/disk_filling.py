"""A report writes temporary files until the database's disk is full; then nothing can be saved."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every, ramp
from connectors.sources.shop.fleet import APIS, DATABASE, EDGE, Stream
from connectors.sources.shop.stamps import spaced

_WRITES: Final = frozenset({"checkout", "cart_add", "login"})
_FULL_AFTER: Final = 25.0


def _strain(since: float) -> Strain:
    full = since >= _FULL_AFTER
    return Strain(
        failing=0.9 if full else 0.0,
        kinds=_WRITES,
        status=500,
        stuck_ms=60,
        latency=1 + 1.5 * ramp(since, 2, 20),
        disk=0.995 * ramp(since, 0, _FULL_AFTER),
    )


def _complaint(random: Random, _at: float) -> str:
    return (
        "transaction rolled back: could not extend file"
        f' "base/16384/{random.randint(20_000, 29_999)}": No space left on device'
    )


def _tell(start: float, stop: float, onset: float, random: Random) -> Sequence[Said]:
    found = []
    for since in every(3, 1, start, stop):
        at = onset + since + random.random()
        if since < _FULL_AFTER:
            path = f"base/pgsql_tmp/pgsql_tmp7712.{int(since)}"
            text = f'LOG:  temporary file: path "{path}", size {random.randint(9, 10) << 30}'
            found.append(_line(at, 7712, f"report@shop {text}"))
    for since in every(2.3, 9, start, stop):
        at = onset + since + random.random()
        path = f"base/pgsql_tmp/pgsql_tmp7712.{random.randint(1, 90)}"
        text = f'ERROR:  could not write to file "{path}": No space left on device'
        found.append(_line(at, 7712, f"report@shop {text}"))
    for since in every(4.7, _FULL_AFTER, start, stop):
        at = onset + since + random.random()
        text = 'PANIC:  could not write to file "pg_wal/xlogtemp.41": No space left on device'
        found.append(_line(at, 41, text))
    return found


def _line(at: float, process: int, text: str) -> Said:
    return Said(at, Stream(DATABASE, "postgres"), f"{spaced(at)} UTC [{process}] {text}")


DISK_FILLING: Final = Fault(
    name="disk_filling",
    truth=Truth(
        "the disk of the database is full",
        DATABASE,
        "postgres",
        ("disk_used_percent[/var/lib/postgresql]", "error_rate"),
        (DATABASE, *APIS, EDGE),
    ),
    lasts=900,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
