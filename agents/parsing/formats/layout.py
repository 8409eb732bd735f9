"""A layout: a header that one regular expression finds, in one line or in a thousand at once.

In come lines without newlines; out come their parts, by the column. No format of its own.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import compress
from typing import Final, NamedTuple


class Columns(NamedTuple):
    """Columns of equal length, one element a line; None where a line has no such part.

    A line of another layout is all message.
    """

    time: Sequence[str | None]
    host: Sequence[str | None]
    service: Sequence[str | None]
    level: Sequence[str | None]
    message: Sequence[str]

    def only(self, wanted: Sequence[bool]) -> "Columns":
        """The columns of the wanted lines."""
        if all(wanted):
            return self
        return Columns._make(list(compress(column, wanted)) for column in self)


class Layout:
    r"""What stands before the message, as a pattern with groups named time, host, service, level.

    A line of this layout has a time. The pattern must not cross the end
    of a line, not even in looking ahead: no `\s`, and no `[^...]` that lets a newline pass. `\d`
    means the ASCII digits, which is a quarter faster.
    """

    def __init__(self, header: str) -> None:
        header = header.replace(r"\d", "[0-9]")
        self.match: Final = re.compile(header).match
        self._header: Final = header

    def columns(self, lines: Sequence[str]) -> Columns:
        """The parts of many lines, at least one, none of which holds a newline."""
        # What stands between two matches, and that is nothing, then the groups of the next: a flat
        # list, where other ways would build a tuple or more a line.
        found = self._lines.split("\n".join((*lines, "")))
        step, places = self._lines.groups + 1, self._lines.groupindex
        return Columns._make(
            found[places[part] :: step] if part in places else (None,) * len(lines)
            for part in Columns._fields
        )

    @cached_property
    def _lines(self) -> re.Pattern[str]:
        """Matches each line, whether it has this layout or not."""
        return re.compile(rf"(?:{self._header}|)(?P<message>.*)\n", re.MULTILINE)
