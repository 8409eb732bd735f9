"""Metric history: the points that are kept, and the answers that are drawn from them.

Times are Unix ms (UTC), values are in the canonical unit of their metric.
"""

from typing import Final, Literal, NamedTuple

import msgspec

Aggregate = Literal["min", "max", "mean", "last", "count"]
RAW: Final = 0  # the step of a query that wants the points as they are


class Point(msgspec.Struct, frozen=True, gc=False):
    """One value of one series at one time, and its place on the wire.

    Of several points with the same (host, metric, time_ms) the one with the highest
    (partition, offset, index) wins; `index` counts within the record.
    """

    host: str
    metric: str
    time_ms: int
    value: float
    partition: int
    offset: int
    index: int

    @property
    def place(self) -> tuple[int, int, int]:
        """Of two points with the same series and time the one with the higher place wins."""
        return self.partition, self.offset, self.index


class Written(NamedTuple):
    """What became of the points of one write; each is in exactly one of the three.

    `stored` counts the new times of a series, `overwritten` the points that met another one at
    their series and time, whichever of the two remains; `rejected` holds those that can never be
    kept, each with the reason.
    """

    stored: int
    overwritten: int
    rejected: list[tuple[Point, str]]


class Series(NamedTuple):
    """One metric of one host: from when to when it is kept, and its last value."""

    host: str
    metric: str
    first_ms: int
    last_ms: int
    last: float


class Track(NamedTuple):
    """The answer of a query: times ascending, a value for each.

    With a step, `times_ms` are the starts of the intervals that hold points, multiples of it.
    """

    times_ms: list[int]
    values: list[float]
