"""The shop in time: what its machines log and measure between two instants."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Final, NamedTuple

from connectors.sources.shop.dice import dice
from connectors.sources.shop.faults.fault import HEALTHY, Injected, Said, Strain
from connectors.sources.shop.fleet import Stream
from connectors.sources.shop.metrics import Point, points
from connectors.sources.shop.services import (
    accounts,
    api,
    cache,
    database,
    edge,
    queue,
    switch,
    system,
    web,
    worker,
)
from connectors.sources.shop.visits import visits

_TICK: Final = 10  # seconds of which everything is drawn at once
_ECHO: Final = 2  # ticks: so much later may be said what happened
_PROGRAMS: Final = (accounts, api, cache, database, queue, switch, system, web, worker)
_TOLD: Final = (web.served, api.handled, accounts.asked, database.queried, worker.ordered)


class Observations(NamedTuple):
    """Lines without newlines by who wrote them, in order of time; points in order of time."""

    lines: dict[Stream, list[bytes]]
    points: list[Point]


class Shop:
    """The shop of one seed with the faults that befall it; the same at every time for ever.

    `step` goes on from where the last one ended (Unix seconds); how far each goes makes no
    difference to what is observed in all.
    """

    def __init__(self, seed: int, start: int, faults: Sequence[Injected] = ()) -> None:
        self._seed = seed
        self._faults = tuple(faults)
        self._now = start
        self._tick = lru_cache(maxsize=2 * _ECHO + 2)(self._draw)

    @property
    def now(self) -> int:
        """Everything before this is observed (Unix seconds)."""
        return self._now

    def step(self, until: int, every: int = 10) -> Observations:
        """What is logged in [now, until), and points at the multiples of `every` seconds there."""
        start, self._now = self._now, max(until, self._now)
        first = start // _TICK - _ECHO
        said = [
            one
            for tick in range(first, -(-until // _TICK))
            for one in self._tick(tick)
            if start <= one.at < until
        ]
        said.sort(key=lambda one: one.at)
        lines: dict[Stream, list[bytes]] = defaultdict(list)
        for one in said:
            lines[one.stream] += one.text.encode().split(b"\n")
        due = range(-(-start // every) * every, until, every)
        measured = [point for at in due for point in points(self._seed, at, self._strain(at))]
        return Observations(dict(lines), measured)

    def _strain(self, at: float) -> Strain:
        for fault in self._faults:
            if fault.onset <= at < fault.end:
                return fault.strain(at)
        return HEALTHY

    def _complaint(self, random: Random, at: float) -> str:
        """What an API host says of a request that fails: the newest fault that has begun."""
        begun = [fault for fault in self._faults if fault.onset <= at]
        return begun[-1].fault.complaint(random, at)

    def _draw(self, tick: int) -> list[Said]:
        start, stop = tick * _TICK, (tick + 1) * _TICK
        found: list[Said] = []
        for visit in visits(self._seed, tick, start, stop, self._strain, self._complaint):
            found.append(edge.requested(visit))
            for told in _TOLD:
                found += told(visit)
        for program in _PROGRAMS:
            found += program.usual(self._seed, start, stop)
        for fault in self._faults:
            found += fault.tell(start, stop, dice(self._seed, f"fault {fault.fault.name}", tick))
        return found
