"""Sums one record's parsed lines into the columns of its Entry. Pure, and the hot path."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from schemas.logs import Counts, Places, Sighting

_MINUTE_MS = 60_000
_HOUR_MS = 3_600_000

K = TypeVar("K", bound=tuple[object, ...])


class Parsed(NamedTuple):
    """Columns of equal length, one element an event (a line, or a trace with its first line)."""

    uid: Sequence[str]
    severity: Sequence[int]
    time_ms: Sequence[int]
    host: Sequence[str]
    service: Sequence[str]
    lines: Sequence[int]  # physical lines of the event
    place: Sequence[int]  # of its first line in the record


NOTHING = Parsed((), (), (), (), (), (), ())


def count_minutes(parsed: Parsed) -> Counts:
    """Lines and events by (uid, severity, minute)."""
    minutes = [time // _MINUTE_MS for time in parsed.time_ms]
    keys = list(zip(parsed.uid, parsed.severity, minutes, strict=True))
    events = Counter(keys)
    lines = _with_joined(events, keys, parsed.lines)
    uids, severities, when = [*zip(*events, strict=True)] or ((), (), ())
    return Counts(
        list(uids),
        [int(severity) for severity in severities],
        list(when),
        [lines[key] for key in events],
        list(events.values()),
    )


def _with_joined(events: Counter[K], keys: Sequence[K], counts: Sequence[int]) -> Counter[K]:
    """Lines where `events` counts first lines: traces count all theirs under the first."""
    if sum(counts) == len(counts):
        return events
    lines = Counter(events)
    for key, count in zip(keys, counts, strict=True):
        lines[key] += count - 1
    return lines


def count_places(parsed: Parsed) -> Places:
    """Lines by (uid, host, service, hour)."""
    hours = [time // _HOUR_MS for time in parsed.time_ms]
    keys = list(zip(parsed.uid, parsed.host, parsed.service, hours, strict=True))
    lines = _with_joined(Counter(keys), keys, parsed.lines)
    uids, hosts, services, when = [*zip(*lines, strict=True)] or ((), (), (), ())
    return Places(list(uids), list(hosts), list(services), list(when), [*lines.values()])


def sight(parsed: Parsed) -> list[Sighting]:
    """Each uid once: the place of its first line and the times of its first and last event.

    Times are of the first and last event in the record's order: a source that is out of order
    within a record can be off by as much as it is out of order.
    """
    last = dict(zip(parsed.uid, parsed.time_ms, strict=True))
    first = dict(zip(reversed(parsed.uid), reversed(parsed.time_ms), strict=True))
    place = dict(zip(reversed(parsed.uid), reversed(parsed.place), strict=True))
    return [
        Sighting(uid, place[uid], min(first[uid], last[uid]), max(first[uid], last[uid]))
        for uid in place
    ]
