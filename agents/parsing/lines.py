"""From a raw line to its fields: the parser that each source has one of.

In come the lines of one source with the time of their arrival; out go time, host, service,
severity and message. What no format fits is plain text. What a line is read as never depends on
the lines before it: the state below only makes it faster.
"""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from agents.parsing.formats.registry import Format, Parts, Rank, routes
from agents.parsing.severities import LEVEL_NAMES, WORDS, named
from agents.parsing.times import DAY_MS, HOUR_MS, Clock
from schemas.severities import Severity

PLAIN: Final = "plain"
_OLDEST_MS: Final = 400 * DAY_MS
_DEPTH: Final = 3  # a wrapped line in a wrapped line, e.g. container JSON around syslog around JSON
_NAME_LENGTH: Final = 255  # of hosts and services; RFC 1123 allows no longer host

_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")  # ECMA-48, 5.4

# A message that begins with its level, where the header has none: "error: ...", "[WARN] ...".
_UPPER_LEVELS: Final = "|".join(name.upper() for name in LEVEL_NAMES)
_SPOKEN: Final = re.compile(
    rf"[\[<(]?(?:({_UPPER_LEVELS})(?!\w)|((?:{_UPPER_LEVELS}|{_UPPER_LEVELS.title()}|"
    rf"{_UPPER_LEVELS.lower()})(?=[\])>:])))"
)


class TimeOrigin(IntEnum):
    """Where the time of a line comes from."""

    PARSED = 0
    GUESSED = 1  # the line leaves out its year, date, century or zone
    ARRIVAL = 2  # the line has no time
    OUT_OF_RANGE = 3  # it has one, older than 400 days or ahead by more than an hour: not believed


class Fields(NamedTuple):
    """What a line says; `time_ms` is Unix time in ms (UTC), names are "" where unknown."""

    time_ms: int
    time_origin: TimeOrigin
    host: str
    service: str
    severity: Severity
    message: str
    format: str


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
        self._last = next((f for f in self._routes[""] if f.name == hint), None)
        self._clock = Clock()
        self._depth = depth
        self._wrapped: LineParser | None = None

    def parse_many(self, lines: Sequence[str], arrival_ms: int) -> list[Fields]:
        """The fields of each line; `arrival_ms` is when the broker got them all."""
        return [self.parse(line, arrival_ms) for line in lines]

    def parse(self, line: str, arrival_ms: int) -> Fields:
        """The fields of one line without its newline."""
        if "\x1b" in line:
            line = _ANSI.sub("", line)
        last = self._last
        parts = last.read(line) if last is not None else None
        if parts is None or last is None:
            return self._search(line, arrival_ms)
        return self._fields(last, parts, arrival_ms)

    def _search(self, line: str, arrival_ms: int) -> Fields:
        for known in self._routes.get(line[:1]) or self._routes[""]:
            parts = known.read(line)
            if parts is not None:
                if known.rank is not Rank.LOOSE:
                    self._last = known
                return self._fields(known, parts, arrival_ms)
        return Fields(
            arrival_ms, TimeOrigin.ARRIVAL, self._host, self._service, _spoken(line), line, PLAIN
        )

    def _fields(self, known: Format, parts: Parts, arrival_ms: int) -> Fields:
        stamp, host, service, level, message = parts
        reading = None if stamp is None else self._clock.read(stamp, arrival_ms)
        if reading is None:
            time_ms, origin = arrival_ms, TimeOrigin.ARRIVAL
        elif arrival_ms - _OLDEST_MS <= reading.ms <= arrival_ms + HOUR_MS:
            time_ms = reading.ms
            origin = TimeOrigin.GUESSED if reading.guessed else TimeOrigin.PARSED
        else:
            time_ms, origin = arrival_ms, TimeOrigin.OUT_OF_RANGE
        if isinstance(level, Severity):
            severity = level
        else:
            severity = (WORDS.get(level) or named(level)) if level else _spoken(message)
        if known.logger and self._service:
            service = None
        fields = Fields(
            time_ms,
            origin,
            host or self._host,
            service or self._service,
            severity,
            message,
            known.name,
        )
        if message[:1] in known.wraps and message and self._depth:
            return self._unwrapped(fields, arrival_ms)
        return fields

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


def _spoken(message: str) -> Severity:
    found = _SPOKEN.match(message)
    return named(found[1] or found[2]) if found else Severity.UNKNOWN
