"""Totals since some start, as rates: from one value of a counter to the next. Pure.

What a rate is depends on the series' own points and their order alone, so a replay from a kept
state gives the same.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from schemas.metric_names import with_instance

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
