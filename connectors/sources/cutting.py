"""Cuts a stream of bytes into portions of whole lines, each small enough for one record.

Pure: bytes in, portions out, memory bounded whatever comes. A portion holds at most 1,000 lines
or 192 KiB of text and does not end inside a stack trace where that can be avoided. A longer line
travels alone; beyond 2 MiB only its first 1 MiB + 1 byte do, which is enough for it to be
dead-lettered as oversized, and it still counts as one line.
"""

from dataclasses import dataclass
from typing import Final

from schemas.logs import MAX_LINE_BYTES
from schemas.traces import is_continuation

MAX_LINES: Final = 1000
MAX_TEXT: Final = 192 * 1024
LONGEST_WHOLE: Final = 2 * 1024 * 1024
CUT_TO: Final = MAX_LINE_BYTES + 1
TAIL_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Portion:
    """The lines of bytes [start, end) of an origin; `tail` is its last bytes, at most 256."""

    start: int
    end: int
    lines: list[bytes]
    tail: bytes


class Cutter:
    """Feed bytes in order, take portions out; `offset` is where in the origin the first byte lies.

    `mid_line` says that the byte before `offset` is no newline: the line it belongs to has been
    counted, so a newline that only ends it makes no line of its own.
    """

    def __init__(self, offset: int = 0, mid_line: bool = False) -> None:
        self._buffer = b""
        self._at = 0  # index in the buffer of the first byte not taken
        self._offset = offset  # the same place in the origin
        self._mid_line = mid_line
        self._long_head: bytes | None = None  # start of a line too long to keep
        self._long_bytes = 0

    @classmethod
    def resumed(cls, offset: int, held: bytes, long_bytes: int) -> "Cutter":
        """One that goes on where another was: what it `held` followed the portion that ended at
        `offset`.
        """
        cutter = cls(offset)
        if long_bytes:
            cutter._long_head, cutter._long_bytes = held, long_bytes
        else:
            cutter.feed(held)
        return cutter

    @property
    def taken(self) -> int:
        """Offset in the origin after the last portion."""
        return self._offset

    @property
    def held(self) -> tuple[bytes, int]:
        """The bytes fed that no portion holds yet; of a line too long to keep its first bytes, and
        how many there were of it. As it is when `portions` has given what it can.
        """
        if self._long_head is not None:
            return self._long_head, self._long_bytes
        return self._buffer[self._at :], 0

    @property
    def fed(self) -> int:
        """Offset in the origin after the last byte fed."""
        return self._offset + self._long_bytes + len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """Append the next bytes of the origin."""
        self._buffer = self._buffer[self._at :] + data
        self._at = 0

    def portions(self, flush: bool = False, end: bool = False) -> list[Portion]:
        """All that `take` gives now; at the `end` also what follows the last newline."""
        found = []
        while portion := self.take(flush or end):
            found.append(portion)
        if end and (rest := self._rest()):
            found.append(rest)
        return found

    def take(self, flush: bool = False) -> Portion | None:
        """The next portion that is full; with `flush` also one that is not. None: feed more."""
        if self._long_head is not None:
            return self._end_of_long_line()
        window = self._buffer[self._at : self._at + MAX_TEXT]
        lines = window.split(b"\n", MAX_LINES + 1)
        del lines[-1]  # no newline yet, or beyond what one portion holds
        full = len(lines) > MAX_LINES or len(window) == MAX_TEXT
        if not lines:
            return self._one_long_line() if full else None
        if not (full or flush):
            return None
        del lines[how_many(lines) if full else len(lines) :]
        return self._portion(lines, sum(map(len, lines)) + len(lines))

    def _rest(self) -> Portion | None:
        if self._long_head is None:
            rest = self._buffer[self._at :]
            return self._portion([rest], len(rest)) if rest else None
        return self._long_portion(len(self._buffer) - self._at)

    def _portion(self, lines: list[bytes], size: int) -> Portion:
        start, end = self._at, self._at + size
        if self._mid_line:
            self._mid_line = False
            if lines[0] in (b"", b"\r"):
                del lines[0]
        if self._buffer.find(b"\r", start, end) >= 0:
            lines = [line[:-1] if line.endswith(b"\r") else line for line in lines]
        tail = self._buffer[max(start, end - TAIL_BYTES) : end]
        portion = Portion(self._offset, self._offset + size, lines, tail)
        self._at, self._offset = end, portion.end
        return portion

    def _one_long_line(self) -> Portion | None:
        newline = self._buffer.find(b"\n", self._at)
        length = (newline if newline >= 0 else len(self._buffer)) - self._at
        if length > LONGEST_WHOLE:
            self._long_head = self._buffer[self._at : self._at + CUT_TO]
            return self._end_of_long_line()
        if newline < 0:
            return None
        return self._portion([self._buffer[self._at : newline]], length + 1)

    def _end_of_long_line(self) -> Portion | None:
        newline = self._buffer.find(b"\n", self._at)
        if newline >= 0:
            return self._long_portion(newline + 1 - self._at)
        self._long_bytes += len(self._buffer) - self._at
        self._buffer, self._at = b"", 0
        return None

    def _long_portion(self, size: int) -> Portion:
        head, end = self._long_head or b"", self._at + size
        total = self._long_bytes + size
        tail = self._buffer[max(self._at, end - TAIL_BYTES) : end]
        portion = Portion(self._offset, self._offset + total, [head], tail)
        self._long_head, self._long_bytes, self._mid_line = None, 0, False
        self._at, self._offset = end, portion.end
        return portion


def how_many(lines: list[bytes]) -> int:
    """How many of the first lines make a full portion.

    The last line is only there to be looked at: a cut before a continuation of a stack trace
    moves back, but no further than to half of the lines.
    """
    most = max(1, min(len(lines) - 1, MAX_LINES))
    for count in range(most, most // 2, -1):
        if count == len(lines) or not is_continuation(lines[count]):
            return count
    return most
