"""A new release leaks database connections: on the first host that gets it the pool runs dry."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop import syslog
from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every, ramp
from connectors.sources.shop.fleet import WEBS, Stream
from connectors.sources.shop.stamps import iso

_POOL: Final = 20
_HOST: Final = "api-1"


def _strain(since: float) -> Strain:
    return Strain(
        failing=0.6 * ramp(since, 4, 12),
        status=503,
        stuck_ms=1500,
        host=_HOST,
        latency=1 + 6 * ramp(since, 2, 14),
        pool=ramp(since, 2, 14),
    )


def _complaint(random: Random, _at: float) -> str:
    return (
        f"no database connection within 1500 ms: pool orders is exhausted,"
        f" {_POOL} of {_POOL} in use, {random.randint(5, 60)} waiting"
    )


def _tell(start: float, stop: float, onset: float, random: Random) -> Sequence[Said]:
    found = []
    for since in every(10_000, 0.2, start, stop):
        at = onset + since
        found += [
            syslog.said(at, _HOST, "systemd", syslog.INFO, "Stopping shop-api.service..."),
            syslog.said(at + 0.4, _HOST, "systemd", syslog.INFO, "Started shop-api.service."),
            Said(at + 0.7, Stream(_HOST, "shop-api"), _started(at + 0.7)),
        ]
    for since in every(5.3, 4, start, stop):
        at = onset + since + random.random()
        seconds = random.randint(5, 60)
        text = f"connection of pool orders was not given back for {seconds} s: leak suspected"
        line = _line(at, "error", text)
        found.append(Said(at, Stream(_HOST, "shop-api"), line))
    return found


def _started(at: float) -> str:
    return _line(at, "info", "shop-api 2.41.0 started, 8 workers")


def _line(at: float, level: str, text: str) -> str:
    return (
        f'{{"ts":"{iso(at)}","level":"{level}","host":"{_HOST}","service":"shop-api",'
        f'"msg":"{text}"}}'
    )


POOL_EXHAUSTED: Final = Fault(
    name="pool_exhausted",
    truth=Truth(
        "database connection pool of api-1 exhausted after the deployment of shop-api 2.41.0",
        _HOST,
        "shop-api",
        ("db_pool_used_percent", "request_latency_p95_ms", "error_rate"),
        (_HOST, *WEBS),
    ),
    lasts=900,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
