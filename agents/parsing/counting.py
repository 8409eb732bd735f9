"""Sums one record's parsed lines into the columns of its Entry. Pure, and the hot path."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from agents.parsing.times import TimeOrigin
from schemas.logs import Counts, Places, Sighting

_MINUTE_MS = 60_000
_MINUTES_AN_HOUR = 60

Kind = tuple[str, int, int, str, str]  # uid, severity, minute, host, service


class Parsed(NamedTuple):
    """Columns of equal length, one element an event (a line, or a trace with its first line)."""

    uid: Sequence[str]
    severity: Sequence[int]
    time_ms: Sequence[int]
    host: Sequence[str]
    service: Sequence[str]
    lines: Sequence[int]  # physical lines of the event
    place: Sequence[int]  # of its first line in the record
    origin: Sequence[TimeOrigin]  # of its time


def lines_with(parsed: Parsed, origin: TimeOrigin) -> int:
    """Lines whose time is of this origin."""
    if origin not in parsed.origin:
        return 0
    pairs = zip(parsed.origin, parsed.lines, strict=True)
    return sum(lines for found, lines in pairs if found is origin)


def tally(parsed: Parsed) -> tuple[Counts, Places]:
    """Lines and events by (uid, severity, minute), and lines by (uid, host, service, hour).

    A record holds few kinds of events: they are counted once, and then summed both ways.
    """
    if len(parsed.uid) == 1:  # strangers send many a line by itself
        return _tally_one(parsed)
    minutes = [time // _MINUTE_MS for time in parsed.time_ms]
    kinds = list(
        zip(parsed.uid, parsed.severity, minutes, parsed.host, parsed.service, strict=True)
    )
    events = Counter(kinds)
    lines = _with_joined(events, kinds, parsed.lines)
    minute_events: Counter[tuple[str, int, int]] = Counter()
    minute_lines: Counter[tuple[str, int, int]] = Counter()
    place_lines: Counter[tuple[str, str, str, int]] = Counter()
    for kind, some in lines.items():
        uid, severity, minute, host, service = kind
        minute_events[uid, int(severity), minute] += events[kind]
        minute_lines[uid, int(severity), minute] += some
        place_lines[uid, host, service, minute // _MINUTES_AN_HOUR] += some
    uids, severities, when, counted = _columns(minute_lines, 3)
    counts = Counts(uids, severities, when, counted, [*minute_events.values()])
    return counts, Places(*_columns(place_lines, 4))


def _tally_one(parsed: Parsed) -> tuple[Counts, Places]:
    uid, lines = [parsed.uid[0]], [parsed.lines[0]]
    minute = parsed.time_ms[0] // _MINUTE_MS
    return (
        Counts(uid, [int(parsed.severity[0])], [minute], lines, [1]),
        Places(uid, [parsed.host[0]], [parsed.service[0]], [minute // _MINUTES_AN_HOUR], lines),
    )


def _columns(counted: Counter[Any], width: int) -> list[list[Any]]:
    """The elements of the keys, `width` of them, and then the counts."""
    keys = [list(column) for column in zip(*counted, strict=True)] or [[] for _ in range(width)]
    return [*keys, list(counted.values())]


def _with_joined(
    events: Counter[Kind], kinds: Sequence[Kind], counts: Sequence[int]
) -> Counter[Kind]:
    """Lines where `events` counts first lines: traces count all theirs under the first."""
    if sum(counts) == len(counts):
        return events
    lines = Counter(events)
    for kind, count in zip(kinds, counts, strict=True):
        lines[kind] += count - 1
    return lines


def sight(parsed: Parsed) -> list[Sighting]:
    """Each uid once: the place of its first line and the times of its first and last event.

    Times are of the first and last event in the record's order: a source that is out of order
    within a record can be off by as much as it is out of order.
    """
    if len(parsed.uid) == 1:
        return [Sighting(parsed.uid[0], parsed.place[0], parsed.time_ms[0], parsed.time_ms[0])]
    last = dict(zip(parsed.uid, parsed.time_ms, strict=True))
    first = dict(zip(reversed(parsed.uid), reversed(parsed.time_ms), strict=True))
    place = dict(zip(reversed(parsed.uid), reversed(parsed.place), strict=True))
    return [
        Sighting(uid, place[uid], min(first[uid], last[uid]), max(first[uid], last[uid]))
        for uid in place
    ]
