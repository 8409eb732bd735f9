"""What time it is in a partition of which nothing comes: its newest arrival, and what passed since.

No two clocks are compared: arrivals are the broker's, what passed is of a clock that only goes
forward. So a worker whose clock is wrong takes nobody for silent. Pure.
"""

from collections.abc import Mapping
from typing import NamedTuple


class _Heard(NamedTuple):
    arrival: float
    steady: float
    following: int


class Hearing:
    """Times are in seconds; `steady` is the worker's own clock, which nobody sets."""

    def __init__(self) -> None:
        self._newest: dict[int, _Heard] = {}

    def restore(self, arrivals: Mapping[int, float], steady: float) -> None:
        """Partitions as a checkpoint has them. While nobody looked, no time has passed."""
        self._newest = {p: _Heard(arrival, steady, 0) for p, arrival in arrivals.items()}

    def heard(self, partition: int, arrival: float, steady: float, following: int) -> None:
        """A record came then, and the offset behind it is `following`."""
        self._newest[partition] = _Heard(arrival, steady, following)

    def now(self, partition: int, steady: float, read: int, end: int) -> float | None:
        """What time it is when the log ends at `end`; None where records wait to be read.

        All below `read` was read before.
        """
        newest = self._newest.get(partition)
        if newest is None or max(newest.following, read) < end:
            return None
        return newest.arrival + steady - newest.steady
