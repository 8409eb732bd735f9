"""Chance that can be repeated: every draw is a function of the seed, a name and a number.

No generator lives longer than one call of its user, so what is drawn for an instant does not
depend on what was asked before, nor on the process that asks.
"""

import math
from functools import lru_cache
from random import Random


def dice(seed: int, name: str, index: int) -> Random:
    """A fresh generator for one purpose in one slice of time."""
    return Random(f"{seed}/{name}/{index}")  # noqa: S311 - made-up data, no secret


@lru_cache(maxsize=16_384)
def chance(seed: int, name: str, index: int) -> float:
    """One draw in [0, 1)."""
    return dice(seed, name, index).random()


def swing(seed: int, name: str, at: float, period: float) -> float:
    """Smooth noise in [-1, 1] that wanders from knot to knot, one every `period` seconds."""
    place = at / period
    knot = math.floor(place)
    turn = (1 - math.cos(math.pi * (place - knot))) / 2
    before, after = chance(seed, name, knot), chance(seed, name, knot + 1)
    return 2 * (before + (after - before) * turn) - 1


def occasions(seed: int, name: str, every: float, start: float, stop: float) -> list[float]:
    """Times in [start, stop) of something that happens once, at a random instant, in each slot.

    Slots are `every` seconds long; so it never stays away for longer than two of them.
    """
    first, last = math.floor(start / every), math.floor(stop / every)
    times = [(slot + chance(seed, name, slot)) * every for slot in range(first, last + 1)]
    return [at for at in times if start <= at < stop]


def arrivals(random: Random, rate: float, start: float, stop: float) -> list[float]:
    """Times of a Poisson process of `rate` events/s in [start, stop)."""
    times: list[float] = []
    at = start
    while rate > 0 and (at := at + random.expovariate(rate)) < stop:
        times.append(at)
    return times
