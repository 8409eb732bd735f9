"""The newest records of the journal, held once for all who listen. Pure.

Who listens keeps a number: that of the next entry it wants. So a slow listener costs nothing, and
one that falls behind the oldest entry is told so. `floor` and `ends` say between which positions
every record is held.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.journal import Kind, Place, Position, Positions

MOST_ENTRIES: Final = 5_000
MOST_BYTES: Final = 16 * 1024 * 1024
_AT_ONCE: Final = 100


class Entry(NamedTuple):
    """One record: `text` is its event as JSON without brace and cursor; "" tells nothing."""

    place: Place
    offset: int
    stamp: int
    kind: Kind
    text: str

    @property
    def after(self) -> Position:
        """Where one stands who has read it."""
        return Position(self.offset + 1, self.stamp)


class Behind(Exception):
    """The entry that was asked for is no longer held."""


class Ring:
    """Begins empty at `ends`; `first` and `next` are the numbers of its oldest and next entry."""

    def __init__(
        self, ends: Positions, *, entries: int = MOST_ENTRIES, size: int = MOST_BYTES
    ) -> None:
        self.ends = dict(ends)
        self.first = self.next = 0
        self._floor = dict(ends)
        self._held: deque[Entry] = deque()
        self._known = {(place, position) for place, position in ends.items()}
        self._size = 0
        self._most_entries, self._most_size = entries, size

    def add(self, entries: Iterable[Entry]) -> None:
        """Each is the next one of its place; the oldest make room."""
        for entry in entries:
            self._held.append(entry)
            self._known.add((entry.place, entry.after))
            self._size += len(entry.text)
            self.ends[entry.place] = entry.after
            self.next += 1
        while len(self._held) > self._most_entries or self._size > self._most_size:
            self._drop()

    def _drop(self) -> None:
        oldest = self._held.popleft()
        self._size -= len(oldest.text)
        self._known.discard((oldest.place, self._floor[oldest.place]))
        self._floor[oldest.place] = oldest.after
        self.first += 1

    def holds(self, place: Place, position: Position) -> bool:
        """Whether all that came to the place after this position is held."""
        return (place, position) in self._known

    def since(self, number: int) -> list[Entry]:
        """The next entries from this number on, not all at once. Raises Behind."""
        if number < self.first:
            raise Behind
        begin = number - self.first
        end = min(begin + _AT_ONCE, len(self._held))
        return [self._held[index] for index in range(begin, end)]
