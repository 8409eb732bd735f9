"""What the parts of a header mean in the lines of one source.

In come the parts that a format found, of one line or of many; out come Fields. Many at once cost
far less: each distinct time and level is looked up once.
"""

from collections.abc import Sequence
from typing import Final

from agents.parsing.fields import FieldColumns, Fields
from agents.parsing.formats.layout import Columns
from agents.parsing.formats.registry import Format, Parts
from agents.parsing.levels import severities_of, severity_of
from agents.parsing.times import DAY_MS, HOUR_MS, Clock, Reading, Stamp, TimeOrigin

_OLDEST_MS: Final = 400 * DAY_MS


# Fields(...) runs a Python function, which would be a tenth of the time that a line takes.
_fields: Final = tuple.__new__


class Source:
    """`host` and `service` apply where a line names none."""

    def __init__(self, host: str, service: str, clock: Clock) -> None:
        self._host = host
        self._service = service
        self._clock = clock
        self._arrival_ms = self._oldest_ms = self._newest_ms = -1
        self._arrival: Reading = (-1, TimeOrigin.ARRIVAL)
        self._disbelief: Reading = (-1, TimeOrigin.OUT_OF_RANGE)

    def arrive(self, arrival_ms: int) -> None:
        """Must be called before anything else: other sources may have moved the clock."""
        self._clock.arrive(arrival_ms)
        if arrival_ms == self._arrival_ms:
            return
        self._arrival_ms = arrival_ms
        self._arrival = (arrival_ms, TimeOrigin.ARRIVAL)
        self._disbelief = (arrival_ms, TimeOrigin.OUT_OF_RANGE)
        self._oldest_ms = arrival_ms - _OLDEST_MS
        self._newest_ms = arrival_ms + HOUR_MS

    def fields(self, known: Format, parts: Parts) -> Fields:
        """Of one line."""
        stamp, host, service, level, message = parts
        if known.logger and self._service:
            service = None
        if level is None or isinstance(level, str):
            level = severity_of(level, message)
        time_ms, origin = self._when(stamp)
        return _fields(
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

    def many_fields(self, known: Format, parts: Columns) -> FieldColumns:
        """Of lines of one layout, the same as `fields` of each."""
        when = {stamp: self._when(stamp) for stamp in set(parts.time)}
        times = [when[stamp] for stamp in parts.time]
        return FieldColumns(
            time_ms=[time_ms for time_ms, _ in times],
            time_origin=[origin for _, origin in times],
            host=_filled(parts.host, self._host),
            service=_filled(parts.service, self._service, known.logger),
            severity=severities_of(parts.level, parts.message),
            message=parts.message,
            format=(known.name,) * len(times),
        )

    def _when(self, stamp: Stamp | None) -> Reading:
        reading = (stamp and self._clock.read(stamp)) or self._arrival
        return reading if self._oldest_ms <= reading[0] <= self._newest_ms else self._disbelief


def _filled(
    names: Sequence[str | None], default: str, default_first: bool = False
) -> Sequence[str]:
    if default and default_first:
        return (default,) * len(names)
    return [name or default for name in names]
