"""Sums one record's parsed lines into the columns of its Entry. Pure, and the hot path."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from schemas.logs import Counts, Places, Sighting

_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000


class Parsed(NamedTuple):
    """Columns of equal length, one element an event (a line, or a trace with its first line)."""

    uid: Sequence[str]
    severity: Sequence[int]
    time_ms: Sequence[int]
    host: Sequence[str]
    service: Sequence[str]
    lines: Sequence[int]  # physical lines of the event
    index: Sequence[int]  # of its first line in the record


NOTHING = Parsed((), (), (), (), (), (), ())


def count_minutes(parsed: Parsed) -> Counts:
    """Lines and events by (uid, severity, minute)."""
    minutes = [time // _MINUTE_MS for time in parsed.time_ms]
    keys = list(zip(parsed.uid, parsed.severity, minutes, strict=True))
    events = Counter(keys)
    lines: Counter[tuple[str, int, int]] = Counter(events)
    for key, count in zip(keys, parsed.lines, strict=True):
        if count != 1:
            lines[key] += count - 1
    uids, severities, when = [*zip(*events, strict=True)] or ((), (), ())
    return Counts(
        list(uids), list(severities), list(when), [lines[k] for k in events], [*events.values()]
    )


def count_places(parsed: Parsed) -> Places:
    """Lines by (uid, host, service, hour)."""
    hours = [time // _HOUR_MS for time in parsed.time_ms]
    keys = list(zip(parsed.uid, parsed.host, parsed.service, hours, strict=True))
    lines = Counter(keys)
    for key, count in zip(keys, parsed.lines, strict=True):
        if count != 1:
            lines[key] += count - 1
    uids, hosts, services, when = [*zip(*lines, strict=True)] or ((), (), (), ())
    return Places(list(uids), list(hosts), list(services), list(when), [*lines.values()])


def sight(parsed: Parsed) -> list[Sighting]:
    """Each uid once: the place of its first line and the times of its first and last event.

    Times are of the first and last event in the record's order: a source that is out of order
    within a record can be off by as much as it is out of order.
    """
    last = dict(zip(parsed.uid, parsed.time_ms, strict=True))
    first = dict(zip(reversed(parsed.uid), reversed(parsed.time_ms), strict=True))
    index = dict(zip(reversed(parsed.uid), reversed(parsed.index), strict=True))
    return [
        Sighting(uid, index[uid], min(first[uid], last[uid]), max(first[uid], last[uid]))
        for uid in index
    ]
