"""What the shop's monitoring measures: the same hidden state that the logs tell of, as numbers.

A value is a function of the instant alone, so it is the same whether points come every five
seconds or every minute. Units are those of the metric's name (percent, bytes/s, ms, requests/s).
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from connectors.sources.shop.dice import dice, swing
from connectors.sources.shop.faults.fault import HEALTHY, Strain
from connectors.sources.shop.fleet import (
    APIS,
    AUTH,
    BY_NAME,
    CACHE,
    DATABASE,
    EDGE,
    HOSTS,
    PORTS,
    QUEUE,
    SWITCH,
    WEBS,
    WORKER,
    Host,
)
from connectors.sources.shop.traffic import visitors
from connectors.sources.shop.visits import REQUESTS_A_SECOND


class Point(NamedTuple):
    """A value at a time (Unix seconds)."""

    host: str
    metric: str
    at: int
    value: float


class Moment(NamedTuple):
    """All that the values of one host at one instant follow from."""

    seed: int
    at: int
    load: float
    strain: Strain
    random: Random

    def about(self, value: float, deviation: float) -> float:
        """The value with noise, its standard deviation as a share of it; never below 0."""
        return max(0.0, value * (1 + self.random.gauss(0, deviation)))


def points(seed: int, at: int, strain: Strain) -> list[Point]:
    """Every metric of every host at one instant (Unix seconds)."""
    load = visitors(seed, at)
    found = []
    for host in HOSTS:
        moment = Moment(seed, at, load, strain, dice(seed, f"points {host.name}", at))
        measured = _switch(moment) if host.name == SWITCH else _server(host, moment)
        found += [Point(host.name, name, at, round(value, 3)) for name, value in measured]
    return found


def _server(host: Host, moment: Moment) -> Iterator[tuple[str, float]]:
    busy = moment.about(host.cpu * (0.45 + 0.55 * moment.load) * _effort(host, moment.strain), 0.06)
    cpu = min(busy, 99.0)
    yield "cpu_usage", cpu
    yield "load1", moment.about(host.cores * cpu / 80, 0.08)
    yield "memory_used_percent", _memory(host, moment)
    yield "swap_used_percent", 1.2
    yield "disk_used_percent[/]", _disk(host.disk, f"disk {host.name}", moment)
    through = host.traffic * moment.load
    yield "net_recv_bps[eth0]", moment.about(through, 0.07)
    yield "net_sent_bps[eth0]", moment.about(through * 1.6, 0.07)
    yield from _service(host, moment)


def _effort(host: Host, strain: Strain) -> float:
    """How much harder a host works than its traffic says."""
    return 1 + 1.4 * strain.memory if host.name == strain.host else 1.0


def _memory(host: Host, moment: Moment) -> float:
    own = host.memory + 1.2 * swing(moment.seed, f"memory {host.name}", moment.at, 3600)
    taken = moment.strain.memory if host.name == moment.strain.host else 0.0
    return own + (100 - own) * taken + moment.random.gauss(0, 0.25)


def _disk(used: float, name: str, moment: Moment, taken: float = 0.0) -> float:
    own = used + 0.6 * swing(moment.seed, name, moment.at, 14_400)
    return own + (100 - own) * taken + moment.random.gauss(0, 0.03)


def _service(host: Host, moment: Moment) -> Iterator[tuple[str, float]]:
    strain = moment.strain
    own = strain if host.name == strain.host else HEALTHY
    if host.name == EDGE:
        yield from _requests(moment, 1.0, "p50", 44, HEALTHY)
    elif host.name in WEBS:
        yield from _requests(moment, 1 / len(WEBS), "p50", 41, HEALTHY)
    elif host.name in APIS:
        yield from _requests(moment, 0.93 / len(APIS), "p95", 84, own)
        pool = moment.about(38 + 9 * moment.load, 0.05)
        yield "db_pool_used_percent", pool + (100 - pool) * own.pool
    elif host.name == AUTH:
        refused = 0.6 * strain.refused  # the rest are those who log in
        yield from _requests(moment, 0.13 * (1 - refused), "p95", 41, Strain(failing=refused))
    elif host.name == DATABASE:
        yield "db_connections", moment.about(38 + 14 * moment.load, 0.03)
        yield "db_query_p95_ms", moment.about(21 * (1 + 2 * strain.disk), 0.07)
        yield (
            "disk_used_percent[/var/lib/postgresql]",
            _disk(63, "disk of the data", moment, strain.disk),
        )
    elif host.name == CACHE:
        yield "cache_hit_percent", 94 + moment.random.gauss(0, 0.4)
    elif host.name == QUEUE:
        yield "queue_depth[orders]", moment.about(18 * moment.load, 0.12)
    elif host.name == WORKER:
        yield "job_rate", moment.about(0.3 + 0.08 * moment.load, 0.08)


def _requests(
    moment: Moment, share: float, percentile: str, ms: float, strain: Strain
) -> Iterator[tuple[str, float]]:
    """What a host that answers requests says of them.

    A request that failed is answered by another host: so errors and the slow ones are seen where
    they happen, and before that host the median alone is measured.
    """
    yield "request_rate", moment.about(REQUESTS_A_SECOND * moment.load * share, 0.08)
    stuck = strain.stuck_ms if strain.failing > 0.05 else 0.0
    usual = ms * (0.75 + 0.25 * moment.load) * strain.latency
    yield f"request_latency_{percentile}_ms", moment.about(max(usual, stuck), 0.06)
    yield "error_rate", min(100.0, moment.about(0.5, 0.2) + 100 * strain.failing)


def _switch(moment: Moment) -> Iterator[tuple[str, float]]:
    host = BY_NAME[SWITCH]
    yield "cpu_usage", moment.about(host.cpu, 0.1)
    yield "memory_used_percent", host.memory + moment.random.gauss(0, 0.2)
    for port, leads_to in PORTS.items():
        passing = moment.strain.link if port == moment.strain.port else 1.0
        through = BY_NAME[leads_to].traffic * moment.load * passing
        yield f"if_in_bps[{port}]", moment.about(through * 1.6, 0.07)
        yield f"if_out_bps[{port}]", moment.about(through, 0.07)
        yield f"if_errors_per_s[{port}]", moment.about(0.2 + 60 * (1 - passing), 0.3)
