"""From a raw line to its fields: the parser that each source has one of.

In come the lines of one source with the time of their arrival; out go time, host, service,
severity and message. What no format fits is plain text. What a line is read as never depends on
the lines before it: the state below only makes it faster.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.parsing.formats.layout import Layout
from agents.parsing.formats.registry import Format, Parts, Rank, formats, routes
from agents.parsing.source import Fields, Source
from agents.parsing.times import TimeOrigin
from schemas.severities import Severity

__all__ = ["PLAIN", "Fields", "LineParser", "TimeOrigin"]

PLAIN: Final = "plain"
_DEPTH: Final = 3  # a wrapped line in a wrapped line, e.g. container JSON around syslog around JSON

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")  # ECMA-48, 5.4


def _nothing(_line: str) -> Parts | None:
    return None


_NONE: Final = Format("", _nothing, Rank.LOOSE, "", "", False)
_PLAIN: Final = Format(PLAIN, _nothing, Rank.LOOSE, "", "", False)
_UNREAD: Final = Fields(0, TimeOrigin.ARRIVAL, "", "", Severity.UNKNOWN, "", "")


class LineParser:
    """Reads the lines of one source; bounded memory, never raises for any text.

    `hint` names a format that is asked first, `host` and `service` apply where a line names none.
    """

    def __init__(
        self, *, hint: str = "", host: str = "", service: str = "", depth: int = _DEPTH
    ) -> None:
        self._source = Source(host, service)
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
        """The same as `parse` of each line; those that share a usual layout are read at once."""
        text = "\n".join(lines)
        if text.count("\n") >= max(len(lines), 1):  # a line in JSON may hold newlines
            return [self.parse(line, arrival_ms) for line in lines]
        if "\x1b" in text:
            lines = _ANSI.sub("", text).split("\n")
        fields = [_UNREAD] * len(lines)
        tried: set[Layout] = set()
        for place, line in enumerate(lines):
            if fields[place] is _UNREAD:
                fields[place] = found = self.parse(line, arrival_ms)
                for layout in self._last.usual if found.format == self._last.name else ():
                    if layout not in tried and layout.match(line):
                        tried.add(layout)
                        self._read_alike(layout, lines, fields)
        return fields

    def _read_alike(self, layout: Layout, lines: Sequence[str], fields: list[Fields]) -> None:
        """Fill in the fields of the lines that have this layout of the last format."""
        known = self._last
        wraps = known.wraps if self._depth else ""
        places = [place for place, found in enumerate(fields) if found is _UNREAD]
        columns = layout.columns([lines[place] for place in places])
        found = self._source.many_fields(known, columns)
        for place, stamp, message, one in zip(
            places, columns.time, columns.message, found, strict=True
        ):
            if stamp and not (wraps and message[1:2] in wraps):
                fields[place] = one

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
            self._wrapped = LineParser(depth=self._depth - 1)
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
