"""A deployment leaks database connections: the pools run dry and most requests wait in vain."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop import syslog
from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every, ramp
from connectors.sources.shop.fleet import APIS, DATABASE, EDGE, WORKER, Stream
from connectors.sources.shop.stamps import iso, spaced, stamp

_POOL: Final = 20
_TRACE: Final = (
    "java.sql.SQLTransientConnectionException: orders-pool - Connection is not available,"
    " request timed out after 3000ms.\n"
    "\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)\n"
    "\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)\n"
    "\tat com.shop.fulfilment.OrderStore.next(OrderStore.java:88)\n"
    "\tat com.shop.fulfilment.Packer.run(Packer.java:41)"
)


def _strain(since: float) -> Strain:
    grown = ramp(since, 2, 14)
    return Strain(
        failing=0.55 * ramp(since, 4, 12),
        status=503,
        stuck_ms=3000,
        latency=1 + 12 * grown,
        connections=grown,
        backlog=40 * ramp(since, 5, 60),
    )


def _complaint(random: Random, _at: float) -> str:
    return (
        f"no database connection within 3000 ms: pool orders is exhausted,"
        f" {_POOL} of {_POOL} in use, {random.randint(5, 60)} waiting"
    )


def _tell(start: float, stop: float, onset: float, random: Random) -> Sequence[Said]:
    found = []
    for place, host in enumerate(APIS):
        for since in every(10_000, 0.2 + place, start, stop):
            at = onset + since
            found += [
                syslog.said(at, host, "systemd", syslog.INFO, "Stopping shop-api.service..."),
                syslog.said(at + 0.4, host, "systemd", syslog.INFO, "Started shop-api.service."),
                Said(at + 0.7, Stream(host, "shop-api"), _started(at + 0.7, host)),
            ]
    for since in every(2.1, 9, start, stop):
        at = onset + since + random.random()
        text = "FATAL:  remaining connection slots are reserved for roles with SUPERUSER"
        line = f"{spaced(at)} UTC [{random.randint(9000, 9999)}] shop@shop {text}"
        found.append(Said(at, Stream(DATABASE, "postgres"), line))
    for since in every(9, 7.5, start, stop):
        at = onset + since + random.random()
        moment = stamp("%Y-%m-%d %H:%M:%S,%f", at)
        head = f"{moment} ERROR [packer-{random.randint(1, 4)}] com.shop.fulfilment.Packer"
        text = f"{head} - cannot read the next order\n{_TRACE}"
        found.append(Said(at, Stream(WORKER, "fulfilment"), text))
    return found


def _started(at: float, host: str) -> str:
    return (
        f'{{"ts":"{iso(at)}","level":"info","host":"{host}","service":"shop-api",'
        '"msg":"shop-api 2.41.0 started, 8 workers","deployed_by":"pipeline"}'
    )


POOL_EXHAUSTED: Final = Fault(
    name="pool_exhausted",
    truth=Truth(
        "database connection pool exhausted after the deployment of shop-api 2.41.0",
        DATABASE,
        "shop-api",
        ("db_connections", "request_latency_p95_ms", "error_rate"),
        (*APIS, DATABASE, WORKER, EDGE),
    ),
    lasts=900,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
