"""What a fault is: a strain on the shop that grows from its onset, and what it makes people read.

`since` is always seconds since the onset. Everything is pure; chance comes from the caller's dice.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from connectors.sources.shop.fleet import Stream


class Strain(NamedTuple):
    """What the shop suffers at one instant; the defaults are a healthy shop.

    The shop is built to bear the fall of any one part, so what suffers is one part. `failing`:
    share of the requests to the API host `host` that fail there with `status` after `stuck_ms`,
    and are passed to another host then. `latency`: factor on what the others take there. `pool`
    and `memory`: share of what is free of its database connections and memory that is taken.
    `disk`: likewise, of the database's disk. `link`: share of its usual traffic that passes
    through the switch's port `port`. `refused`: share of the sessions that cannot be verified.
    """

    failing: float = 0.0
    status: int = 503
    stuck_ms: float = 30.0
    host: str = ""
    latency: float = 1.0
    pool: float = 0.0
    memory: float = 0.0
    disk: float = 0.0
    port: str = ""
    link: float = 1.0
    refused: float = 0.0


HEALTHY: Final = Strain()


class Said(NamedTuple):
    """One event of a log: a line, or several with newlines between."""

    at: float
    stream: Stream
    text: str


class Truth(NamedTuple):
    """What an ideal alert would say: where, what, and which metrics show it best."""

    title: str
    host: str
    service: str
    metrics: tuple[str, ...]
    affected: tuple[str, ...]


# (seconds since the onset at the start and at the end of the slice, onset, dice) -> what is said
Tell = Callable[[float, float, float, Random], Sequence[Said]]


@dataclass(frozen=True)
class Fault:
    """`complaint` is what an API host says of a request that suffers; `lasts` in seconds."""

    name: str
    truth: Truth
    lasts: float
    strain: Callable[[float], Strain]
    complaint: Callable[[Random, float], str]
    tell: Tell


@dataclass(frozen=True)
class Injected:
    """A fault with its onset (Unix seconds)."""

    fault: Fault
    onset: float

    @property
    def end(self) -> float:
        """When the shop is well again (Unix seconds)."""
        return self.onset + self.fault.lasts

    def strain(self, at: float) -> Strain:
        """Of an instant; healthy before the onset and after the end."""
        return self.fault.strain(at - self.onset) if self.onset <= at < self.end else HEALTHY

    def tell(self, start: float, stop: float, random: Random) -> Sequence[Said]:
        """What happens in [start, stop) besides the usual; some of it is said a little later."""
        start, stop = max(start, self.onset), min(stop, self.end)
        if start >= stop:
            return ()
        return self.fault.tell(start - self.onset, stop - self.onset, self.onset, random)


def ramp(since: float, begin: float, length: float) -> float:
    """0 until `begin`, 1 from `begin + length` on, straight between."""
    return min(max((since - begin) / length, 0.0), 1.0)


def every(seconds: float, begin: float, start: float, stop: float) -> list[float]:
    """begin, begin + seconds, ...: those in [start, stop)."""
    first = max(0, math.ceil((start - begin) / seconds))
    last = math.ceil((stop - begin) / seconds)
    return [begin + number * seconds for number in range(first, last)]
