"""Totals since some start, as rates: from one value of a counter to the next. Pure.

What a rate is depends on the series' own points and their order alone, so a replay from a kept
state gives the same.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from schemas.metric_names import COUNTERS, with_instance

SHORTEST_MS: Final = 1_000  # what changed within less says more about clocks than about the rate


class Total(NamedTuple):
    """The newest value of a counter that counts, and its time (Unix ms)."""

    time_ms: int
    value: float


@lru_cache(maxsize=16_384)
def rate_name(metric: str) -> str:
    """The name of a counter's rate: that of the dictionary where it has one, else NAME_rate.

    `net_recv_bytes[eth0]` gives `net_recv_bps[eth0]`, `net_recv_packets` `net_recv_packet_rate`.
    """
    base, _, instance = metric.partition("[")
    if base.endswith("_bytes"):
        base = base.removesuffix("_bytes") + "_bps"
    else:
        base = base.removesuffix("s") + "_rate"
    return with_instance(base, instance.removesuffix("]"))


def rate(before: Total | None, now: Total) -> tuple[Total, float | None]:
    """The total to keep, and the rate a second since `before`; None: these two tell none.

    A value below the one before means that the count began again, maybe long before it was read.
    A point that is not newer, or hardly, changes nothing.
    """
    if before is None:
        return now, None
    passed = now.time_ms - before.time_ms
    if passed < SHORTEST_MS:
        return before, None
    if now.value < before.value:
        return now, None
    return now, (now.value - before.value) / (passed / 1000)


_COUNTER_OF: Final = {rate_name(name): name for name in COUNTERS}


def counter_of(metric: str) -> str | None:
    """The counter of the dictionary whose rate this is, with the same instance; None: of none."""
    base, _, instance = metric.partition("[")
    name = _COUNTER_OF.get(base)
    return with_instance(name, instance.removesuffix("]")) if name else None


def rates(times_ms: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
    """A counter's values in the order of time as rates a second, each at its later time."""
    total: Total | None = None
    found_ms: list[int] = []
    found: list[float] = []
    for time_ms, value in zip(times_ms, values, strict=True):
        total, per_second = rate(total, Total(time_ms, value))
        if per_second is not None:
            found_ms.append(time_ms)
            found.append(per_second)
    return found_ms, found
