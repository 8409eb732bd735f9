"""What the shop's monitoring measures: the same hidden state that the logs tell of, as numbers.

A value is a function of the instant alone, so it is the same whether points come every ten
seconds or every minute. Units are those of the metric's name (percent, bytes/s, ms, requests/s).
"""

import math
from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

from connectors.sources.shop.dice import dice, swing
from connectors.sources.shop.faults.fault import Strain
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
from connectors.sources.shop.visits import REQUESTS_A_SECOND, share_failing

_CONNECTIONS: Final = 200.0  # that the database allows
_SERVED: Final = {EDGE: (1.0, 96.0), AUTH: (0.13, 41.0)}  # share of the requests, ms at p95
_SERVED_BY_ALL: Final = {"nginx": (1 / len(WEBS), 92.0), "shop-api": (0.93 / len(APIS), 84.0)}


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
    busy = moment.about(host.cpu * (0.45 + 0.55 * moment.load) * _effort(host, moment), 0.06)
    cpu = min(busy, 99.0)
    yield "cpu_usage", cpu
    yield "load1", moment.about(host.cores * cpu / 80, 0.08)
    yield "memory_used_percent", _memory(host, moment)
    yield "swap_used_percent", 1.2
    yield "disk_used_percent[/]", _disk(host.disk, f"disk {host.name}", moment)
    through = host.traffic * moment.load * _share_passing(host.name, moment.strain)
    yield "net_recv_bps[eth0]", moment.about(through, 0.07)
    yield "net_sent_bps[eth0]", moment.about(through * 1.6, 0.07)
    yield from _service(host, moment)


def _effort(host: Host, moment: Moment) -> float:
    """How much harder a host works than its traffic says."""
    strain = moment.strain
    if host.name == strain.host:
        return 1 + 1.4 * strain.memory
    if host.name == AUTH:
        return 0.4 + 0.6 * strain.logins
    return 0.4 + 0.6 * strain.link if host.name == strain.cut else 1.0


def _memory(host: Host, moment: Moment) -> float:
    own = host.memory + 1.2 * swing(moment.seed, f"memory {host.name}", moment.at, 3600)
    taken = moment.strain.memory if host.name == moment.strain.host else 0.0
    return own + (100 - own) * taken + moment.random.gauss(0, 0.25)


def _disk(used: float, name: str, moment: Moment, taken: float = 0.0) -> float:
    own = used + 0.6 * swing(moment.seed, name, moment.at, 14_400)
    return own + (100 - own) * taken + moment.random.gauss(0, 0.03)


def _share_passing(host: str, strain: Strain) -> float:
    if host == AUTH:
        return strain.logins
    return strain.link if host == strain.cut else 1.0


def _service(host: Host, moment: Moment) -> Iterator[tuple[str, float]]:
    share, ms = _SERVED.get(host.name) or _SERVED_BY_ALL.get(host.service) or (0.0, 0.0)
    if share:
        rate = REQUESTS_A_SECOND * moment.load * share * _share_passing(host.name, moment.strain)
        yield "request_rate", moment.about(rate, 0.08)
        yield "request_latency_p95_ms", moment.about(_latency(host, ms, moment), 0.06)
        yield "error_rate", min(100.0, moment.about(0.5, 0.2) + 100 * _failing(host, moment))
    if host.name == DATABASE:
        own = 38 + 14 * moment.load
        taken = (_CONNECTIONS - own) * moment.strain.connections
        yield "db_connections", min(_CONNECTIONS, moment.about(own, 0.03) + taken)
        yield "db_query_p95_ms", moment.about(21 * math.sqrt(moment.strain.latency), 0.07)
        full = moment.strain.disk
        yield "disk_used_percent[/var/lib/postgresql]", _disk(63, "disk of the data", moment, full)
    if host.name == CACHE:
        yield "cache_hit_percent", 94 + moment.random.gauss(0, 0.4)
    if host.name == QUEUE:
        waiting = 18 * moment.load + moment.strain.backlog
        yield "queue_depth[orders]", moment.about(waiting, 0.12)
    if host.name == WORKER:
        yield "job_rate", moment.about(0.3 + 0.08 * moment.load, 0.08)


def _latency(host: Host, ms: float, moment: Moment) -> float:
    strain = moment.strain
    factor = strain.latency if strain.host in ("", host.name) or host.name == EDGE else 1.0
    stuck = strain.stuck_ms if share_failing(strain) > 0.05 and host.name != AUTH else 0.0
    if strain.host and host.name not in (strain.host, EDGE):
        stuck = 0.0
    return max(ms * (0.75 + 0.25 * moment.load) * factor, stuck)


def _failing(host: Host, moment: Moment) -> float:
    """The share of the requests that fail here."""
    strain = moment.strain
    if host.name == AUTH:
        return 1 - strain.logins
    if strain.cut:
        return share_failing(strain) if host.name == EDGE else 0.0
    if strain.host and host.service == "shop-api":
        return strain.failing if host.name == strain.host else 0.0
    return share_failing(strain)


def _switch(moment: Moment) -> Iterator[tuple[str, float]]:
    host = BY_NAME[SWITCH]
    yield "cpu_usage", moment.about(host.cpu, 0.1)
    yield "memory_used_percent", host.memory + moment.random.gauss(0, 0.2)
    for port, leads_to in PORTS.items():
        passing = _share_passing(leads_to, moment.strain)
        through = BY_NAME[leads_to].traffic * moment.load * passing
        yield f"if_in_bps[{port}]", moment.about(through * 1.6, 0.07)
        yield f"if_out_bps[{port}]", moment.about(through, 0.07)
        broken = 60 * (1 - passing)
        yield f"if_errors_per_s[{port}]", moment.about(0.2 + broken, 0.3)
