"""A bucket of tokens: one is taken an action, and they come back with time. Pure."""

import math
from dataclasses import dataclass
from typing import NamedTuple


class Rate(NamedTuple):
    """`capacity` tokens at the most, of which `per_second` come back."""

    capacity: int
    per_second: float


class Taken(NamedTuple):
    """What became of the wish for one token, and what is `left`."""

    allowed: bool
    left: float

    def wait(self, rate: Rate) -> int:
        """Seconds until there is one."""
        return max(1, math.ceil((1 - self.left) / rate.per_second))

    def until_full(self, rate: Rate) -> int:
        """Seconds until all are back."""
        return math.ceil(max(0.0, rate.capacity - self.left) / rate.per_second)


@dataclass(slots=True)
class Bucket:
    """Times are seconds of one clock."""

    left: float
    at: float

    def take(self, rate: Rate, now: float) -> Taken:
        """Takes one token when there is one."""
        self.left = min(rate.capacity, self.left + max(0.0, now - self.at) * rate.per_second)
        self.at = now
        if self.left < 1:
            return Taken(False, self.left)
        self.left -= 1
        return Taken(True, self.left)
