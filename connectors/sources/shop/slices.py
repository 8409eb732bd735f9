"""Time cut into what is published at once: the past by the half hour, then the present as it comes.

A slice is written into the book as text before it is published; after a crash the text gives
exactly its records again.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, Self

PAST_SECONDS: Final = 6 * 3600
_MINUTE: Final = 60
_SLICE: Final = 30 * _MINUTE
# A longer gap is the past: its lines would come when the minutes that they lie in are judged.
_RECENT: Final = _MINUTE


class Slice(NamedTuple):
    """[start, stop) in Unix seconds; `past` is published by the minute and marked as imported."""

    start: int
    stop: int
    past: bool

    @classmethod
    def read(cls, start: str, text: str) -> Self:
        """What `text` made of a slice that began at `start`."""
        stop, kind = text.split()
        return cls(int(start), int(stop), kind == "past")

    @property
    def text(self) -> str:
        """For the book."""
        return f"{self.stop} {'past' if self.past else 'live'}"

    @property
    def pieces(self) -> Iterator[tuple[int, int]]:
        """The ranges of time that a record each is made of."""
        width = _MINUTE if self.past else max(self.stop - self.start, 1)
        for start in range(self.start, self.stop, width):
            yield start, min(start + width, self.stop)


def beginning(taken: str, now: float) -> int:
    """From when on to publish: where it was left, but no longer ago than the past goes back."""
    earliest = int(now) // _MINUTE * _MINUTE - PAST_SECONDS
    return max(int(taken), earliest) if taken else earliest


def past(start: int, now: float) -> list[Slice]:
    """What is over already and not recent."""
    if now - start <= _RECENT:
        return []
    stop = int(now) // _MINUTE * _MINUTE
    return [Slice(at, min(at + _SLICE, stop), True) for at in range(start, stop, _SLICE)]
