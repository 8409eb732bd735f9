"""What a body turned out to hold: lines, points, and what could not be used."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from schemas.errors import InvalidEvent
from schemas.metrics import MetricBatch

# More bad items than this in one body: it is refused as a whole, and nothing of it is taken.
MOST_BAD_ITEMS: Final = 10_000


class BadItem(NamedTuple):
    """One item that could not be used; `place` counts the body's items from 0."""

    place: int
    reason: str
    detail: str
    value: bytes


@dataclass
class Reading:
    """Items in the order of the body. Every one of `items` became a line, points or a bad item."""

    points: MetricBatch
    items: int = 0
    lines: list[bytes] = field(default_factory=list)
    bad: list[BadItem] = field(default_factory=list)

    @classmethod
    def of(cls, source: str) -> Self:
        """Nothing yet, of this source."""
        return cls(MetricBatch(source, [], [], [], []))

    @property
    def accepted(self) -> int:
        """Items that became a line or points."""
        return self.items - len(self.bad)

    def refuse(self, error: InvalidEvent, value: bytes) -> None:
        """Note that the item just counted is bad. Raises InvalidEvent when too many are."""
        self.bad.append(BadItem(self.items - 1, error.reason, error.detail, value))
        if len(self.bad) > MOST_BAD_ITEMS:
            raise InvalidEvent("too many bad items", f"more than {MOST_BAD_ITEMS}; {error}")
