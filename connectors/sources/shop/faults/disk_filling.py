"""A report writes temporary files until the database's disk is full; what sorts on disk fails."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every, ramp
from connectors.sources.shop.fleet import DATABASE, WORKER, Stream
from connectors.sources.shop.stamps import spaced, stamp

_FULL_AFTER: Final = 25.0
_TRACE: Final = (
    "org.postgresql.util.PSQLException: ERROR: could not write to file: No space left on device\n"
    "\tat org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:372)\n"
    "\tat org.postgresql.jdbc.PgStatement.execute(PgStatement.java:331)\n"
    "\tat com.shop.fulfilment.SalesReport.run(SalesReport.java:74)"
)


def _strain(since: float) -> Strain:
    return Strain(disk=0.995 * ramp(since, 0, _FULL_AFTER))


def _complaint(_random: Random, _at: float) -> str:
    return "the sales report is late"


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
    for since in every(11, 11, start, stop):
        at = onset + since + random.random()
        head = f"{stamp('%Y-%m-%d %H:%M:%S,%f', at)} ERROR [report-1]"
        text = f"{head} com.shop.fulfilment.SalesReport - sales report failed, starting again"
        found.append(Said(at, Stream(WORKER, "fulfilment"), f"{text}\n{_TRACE}"))
    return found


def _line(at: float, process: int, text: str) -> Said:
    return Said(at, Stream(DATABASE, "postgres"), f"{spaced(at)} UTC [{process}] {text}")


DISK_FILLING: Final = Fault(
    name="disk_filling",
    truth=Truth(
        "the disk of the database is full",
        DATABASE,
        "postgres",
        ("disk_used_percent[/var/lib/postgresql]", "db_query_p95_ms"),
        (DATABASE, WORKER),
    ),
    lasts=900,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
