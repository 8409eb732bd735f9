"""A layout: a header that one regular expression finds, in one line or in a thousand at once.

In come lines without newlines; out come their parts, by the column. No format of its own.
"""

import re
from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

_PARTS: Final = ("time", "host", "service", "level", "message")


class Columns(NamedTuple):
    """Columns of equal length, one element a line; "" where a line has no such part.

    A line of another layout has no time.
    """

    time: Sequence[str]
    host: Sequence[str]
    service: Sequence[str]
    level: Sequence[str]
    message: Sequence[str]

    def only(self, wanted: Sequence[bool]) -> "Columns":
        """The columns of the wanted lines."""
        if all(wanted):
            return self
        return Columns(*(list(compress(column, wanted)) for column in self))


class Layout:
    r"""What stands before the message, as a pattern with groups named time, host, service, level.

    A line of this layout has a time and at least one more part. The pattern must not cross the end
    of a line, not even in looking ahead: no `\s`, and no `[^...]` that lets a newline pass. `\d`
    means the ASCII digits, which is a quarter faster.
    """

    def __init__(self, header: str) -> None:
        header = header.replace(r"\d", "[0-9]")
        self.match: Final = re.compile(header).match
        # Every line gives one match, whether it has this layout or not.
        lines = re.compile(rf"(?:{header}(?P<message>.*)|.*)\n", re.MULTILINE)
        self._find: Final = lines.findall
        self._places: Final = [lines.groupindex.get(part, 0) - 1 for part in _PARTS]

    def columns(self, lines: Sequence[str]) -> Columns:
        """The parts of many lines, at least one, none of which holds a newline."""
        found = list(zip(*self._find("\n".join((*lines, ""))), strict=True))
        nothing = ("",) * len(lines)
        return Columns(*(nothing if place < 0 else found[place] for place in self._places))
