"""From a raw line to its fields: the parser that each source has one of.

In come the lines of one source with the time of their arrival; out go time, host, service,
severity and message. What no format fits is plain text. What a line is read as never depends on
the lines before it: the state below only makes it faster.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from agents.parsing.formats.patterns import LEVEL, LEVEL_SPELLINGS
from agents.parsing.formats.registry import Format, Parts, Rank, formats, routes
from agents.parsing.severities import WORDS, named
from agents.parsing.times import DAY_MS, HOUR_MS, Clock, Reading, TimeOrigin
from schemas.severities import Severity

__all__ = ["PLAIN", "Fields", "LineParser", "TimeOrigin"]

PLAIN: Final = "plain"
_OLDEST_MS: Final = 400 * DAY_MS
_DEPTH: Final = 3  # a wrapped line in a wrapped line, e.g. container JSON around syslog around JSON

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")  # ECMA-48, 5.4

# A message that begins with its level, where the header has none: "error: ...", "[WARN] ...".
_SPOKEN: Final = re.compile(rf"[\[<(]?({LEVEL})(?:(?<=[A-Z])(?!\w)|(?=[\])>:]))")
_SPOKEN_BEGINNINGS: Final = frozenset(
    (bracket + spelling)[:2] for spelling in LEVEL_SPELLINGS for bracket in ("", "[", "<", "(")
)


class Fields(NamedTuple):
    """What a line says; `time_ms` is Unix time in ms (UTC), names are "" where unknown."""

    time_ms: int
    time_origin: TimeOrigin
    host: str
    service: str
    severity: Severity
    message: str
    format: str


# Fields(...) runs a Python function, which would be a tenth of the time that a line takes.
_fields: Final = tuple.__new__


def _nothing(_line: str) -> Parts | None:
    return None


_NONE: Final = Format("", _nothing, Rank.LOOSE, "", "", False)
_PLAIN: Final = Format(PLAIN, _nothing, Rank.LOOSE, "", "", False)


class LineParser:
    """Reads the lines of one source; bounded memory, never raises for any text.

    `hint` names a format that is asked first, `host` and `service` apply where a line names none.
    """

    def __init__(
        self, *, hint: str = "", host: str = "", service: str = "", depth: int = _DEPTH
    ) -> None:
        self._host = host
        self._service = service
        self._routes = routes()
        self._last = next((f for f in formats() if f.name == hint), _NONE)
        self._clock = Clock()
        self._arrival_ms = self._oldest_ms = self._newest_ms = -1
        self._arrival: Reading = (-1, TimeOrigin.ARRIVAL)
        self._disbelief: Reading = (-1, TimeOrigin.OUT_OF_RANGE)
        self._depth = depth
        self._wrapped: LineParser | None = None

    def parse_many(self, lines: Sequence[str], arrival_ms: int) -> list[Fields]:
        """The fields of each line; `arrival_ms` is when the broker got them all."""
        return [self.parse(line, arrival_ms) for line in lines]

    def parse(self, line: str, arrival_ms: int) -> Fields:
        """The fields of one line without its newline."""
        if arrival_ms != self._arrival_ms:
            self._arrive(arrival_ms)
        if "\x1b" in line:
            line = _ANSI.sub("", line)
        known = self._last
        parts = known.read(line)
        if parts is None:
            known, parts = self._search(line)
        stamp, host, service, level, message = parts
        if known.logger and self._service:
            service = None
        if level is None or isinstance(level, str):
            level = _severity(level, message)
        time_ms, origin = (stamp and self._clock.read(stamp)) or self._arrival
        if not self._oldest_ms <= time_ms <= self._newest_ms:
            time_ms, origin = self._disbelief
        fields = _fields(
            Fields,
            (
                time_ms,
                origin,
                host or self._host,
                service or self._service,
                level,
                message,
                known.name,
            ),
        )
        if known.wraps and message[1:2] in known.wraps and message is not line and self._depth:
            return self._unwrapped(fields, arrival_ms)
        return fields

    def _arrive(self, arrival_ms: int) -> None:
        self._arrival_ms = arrival_ms
        self._arrival = (arrival_ms, TimeOrigin.ARRIVAL)
        self._disbelief = (arrival_ms, TimeOrigin.OUT_OF_RANGE)
        self._oldest_ms = arrival_ms - _OLDEST_MS
        self._newest_ms = arrival_ms + HOUR_MS
        self._clock.arrive(arrival_ms)

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


def _severity(level: str | None, message: str) -> Severity:
    """Of the header's word, else of the word that the message begins with."""
    if level:
        return WORDS.get(level) or named(level)
    if message[:2] in _SPOKEN_BEGINNINGS and (found := _SPOKEN.match(message)):
        return named(found[1])
    return Severity.UNKNOWN
