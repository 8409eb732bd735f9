"""From a raw line to its fields: the parser that each source has one of.

In come the lines of one source with the time of their arrival; out go time, host, service,
severity and message. What no format fits is plain text. What a line is read as never depends on
the lines before it: the state below only makes it faster.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from itertools import compress
from typing import Final

from agents.parsing.fields import FieldColumns, Fields, by_column, overlaid
from agents.parsing.formats.layout import Columns, Layout
from agents.parsing.formats.registry import Format, Parts, Rank, formats, routes
from agents.parsing.source import Source
from agents.parsing.times import Clock, TimeOrigin

__all__ = ["PLAIN", "Fields", "LineParser", "TimeOrigin"]

PLAIN: Final = "plain"
_DEPTH: Final = 3  # a wrapped line in a wrapped line, e.g. container JSON around syslog around JSON

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")  # ECMA-48, 5.4


def _nothing(_line: str) -> Parts | None:
    return None


_NONE: Final = Format("", _nothing, Rank.LOOSE, "", "", False)
_PLAIN: Final = Format(PLAIN, _nothing, Rank.LOOSE, "", "", False)


class LineParser:
    """Reads the lines of one source; bounded memory, never raises for any text.

    `hint` names a format that is asked first, `host` and `service` apply where a line names none.
    Parsers may share a `clock`, and what it remembers.
    """

    def __init__(
        self,
        *,
        hint: str = "",
        host: str = "",
        service: str = "",
        clock: Clock | None = None,
        depth: int = _DEPTH,
    ) -> None:
        self._clock = clock or Clock()
        self._source = Source(host, service, self._clock)
        self._routes = routes()
        self._last = next((f for f in formats() if f.name == hint), _NONE)
        self._depth = depth
        self._wrapped: LineParser | None = None

    def parse(self, line: str, arrival_ms: int) -> Fields:
        """The fields of one line without its newline; `arrival_ms` is when the broker got it."""
        self._source.arrive(arrival_ms)
        if "\x1b" in line:
            line = _ANSI.sub("", line)
        known = self._last
        parts = known.read(line)
        if parts is None:
            known, parts = self._search(line)
        fields = self._source.fields(known, parts)
        message = fields.message
        if known.wraps and message[1:2] in known.wraps and message is not line and self._depth:
            return self._unwrapped(fields, arrival_ms)
        return fields

    def parse_many(self, lines: Sequence[str], arrival_ms: int) -> list[Fields]:
        """The same as `parse` of each line."""
        return list(map(Fields, *self.parse_columns(lines, arrival_ms)))

    def parse_columns(self, lines: Sequence[str], arrival_ms: int) -> FieldColumns:
        """The same by the column, and faster: lines that share a usual layout are read at once."""
        text = "\n".join(lines)
        if text.count("\n") >= max(len(lines), 1):  # a line out of JSON may hold newlines
            return by_column([self.parse(line, arrival_ms) for line in lines])
        if "\x1b" in text:
            lines = _ANSI.sub("", text).split("\n")
        return self._by_layout(lines, arrival_ms)

    def _by_layout(self, lines: Sequence[str], arrival_ms: int) -> FieldColumns:
        """Finds the layout of the first line, reads all lines that have it, and so on."""
        parts: list[tuple[Iterable[int], FieldColumns]] = []
        alone: dict[int, Fields] = {}
        tried: set[Layout] = set()
        left = deque(range(len(lines)))
        while left:
            line = lines[left[0]]
            fields = self.parse(line, arrival_ms)
            layout = self._untried(line, fields.format, tried)
            if layout is None:
                alone[left.popleft()] = fields
                continue
            tried.add(layout)
            # What the first layout says of lines that it does not fit is overlaid later.
            asked = left if parts else range(len(lines))
            columns = layout.columns([lines[place] for place in asked])
            fits = self._readable(columns)
            if parts:
                columns = columns.only(fits)
            parts.append((compress(asked, fits), self._source.many_fields(self._last, columns)))
            left = deque(
                place
                for place, fit in zip(asked, fits, strict=True)
                if not fit and place not in alone
            )
        read_alone = by_column(alone.values())
        return overlaid(parts[0][1], [*parts[1:], (alone, read_alone)]) if parts else read_alone

    def _untried(self, line: str, name: str, tried: Collection[Layout]) -> Layout | None:
        """A layout of the line's format, by its name, that the line has."""
        known = self._last
        usual = known.usual if known.name == name else ()
        return next((it for it in usual if it not in tried and it.match(line)), None)

    def _readable(self, columns: Columns) -> list[bool]:
        """Which lines have the layout and hold no line of another format."""
        wraps = self._last.wraps if self._depth else ""
        if not wraps:
            return [time is not None for time in columns.time]
        return [
            time is not None and text[1:2] not in wraps
            for time, text in zip(columns.time, columns.message, strict=True)
        ]

    def _search(self, line: str) -> tuple[Format, Parts]:
        for known in self._routes.get(line[:1]) or self._routes[""]:
            parts = known.read(line)
            if parts is not None:
                if known.rank is not Rank.LOOSE:
                    self._last = known
                return known, parts
        return _PLAIN, (None, None, None, None, line)

    def _unwrapped(self, outer: Fields, arrival_ms: int) -> Fields:
        """What the outer line says goes before what the line in its message says."""
        if self._wrapped is None:
            self._wrapped = LineParser(clock=self._clock, depth=self._depth - 1)
        inner = self._wrapped.parse(outer.message, arrival_ms)
        timed = inner if outer.time_origin is TimeOrigin.ARRIVAL else outer
        return Fields(
            timed.time_ms,
            timed.time_origin,
            outer.host or inner.host,
            outer.service or inner.service,
            outer.severity or inner.severity,
            inner.message,
            outer.format,
        )
