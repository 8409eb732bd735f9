"""Folds many entries into the few rows that one transaction writes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.counts import HourKey, LineTimes, MinuteKey, PlaceKey, Seen, SeverityKey, Sighted
from schemas.logs import Entry

_HOUR_MS = 3_600_000


@dataclass
class Folded:
    """Sums of the entries that count, keyed as the tables are."""

    minutes: dict[MinuteKey, tuple[int, int]] = field(default_factory=dict)
    hours: dict[HourKey, int] = field(default_factory=dict)
    sightings: dict[tuple[str, str], Sighted] = field(default_factory=dict)
    times: dict[str, LineTimes] = field(default_factory=dict)
    severities: dict[SeverityKey, tuple[int, int]] = field(default_factory=dict)
    hosts: dict[PlaceKey, Seen] = field(default_factory=dict)


def fold(entries: Iterable[Entry]) -> Folded:
    """`entries` are those that won their record and whose lines are no repeat."""
    folded = Folded()
    for entry in entries:
        _add_minutes(folded.minutes, entry)
        _add_hours(folded.hours, entry)
        _add_sightings(folded.sightings, entry)
        _add_times(folded.times, entry)
        _add_hosts(folded.hosts, entry)
    for (source, _, severity, minute), (lines, events) in folded.minutes.items():
        key = SeverityKey(minute, source, severity)
        known = folded.severities.get(key, (0, 0))
        folded.severities[key] = known[0] + lines, known[1] + events
    return folded


def _add_minutes(sums: dict[MinuteKey, tuple[int, int]], entry: Entry) -> None:
    c = entry.counts
    for uid, severity, minute, lines, events in zip(
        c.uid, c.severity, c.minute, c.lines, c.events, strict=True
    ):
        key = MinuteKey(entry.source, uid, severity, minute)
        known = sums.get(key)
        sums[key] = (known[0] + lines, known[1] + events) if known else (lines, events)


def _add_hours(sums: dict[HourKey, int], entry: Entry) -> None:
    p = entry.places
    for uid, host, service, hour, lines in zip(
        p.uid, p.host, p.service, p.hour, p.lines, strict=True
    ):
        key = HourKey(entry.source, uid, host, service, hour)
        sums[key] = sums.get(key, 0) + lines


def _add_hosts(found: dict[PlaceKey, Seen], entry: Entry) -> None:
    """A host is seen when its lines come; that of imported lines in the hour they tell of."""
    p = entry.places
    for host, service, hour in set(zip(p.host, p.service, p.hour, strict=True)):
        if host:
            told = min((hour + 1) * _HOUR_MS, entry.arrival)
            seen = Seen(told if entry.imported else entry.arrival, not entry.imported)
            key = PlaceKey(host, entry.source, service)
            found[key] = seen.and_(found.get(key))


def _add_times(sums: dict[str, LineTimes], entry: Entry) -> None:
    if entry.guessed_times or entry.unbelieved_times:
        known = sums.get(entry.source, LineTimes(0, 0))
        sums[entry.source] = LineTimes(
            known.guessed + entry.guessed_times, known.unbelieved + entry.unbelieved_times
        )


def _add_sightings(sums: dict[tuple[str, str], Sighted], entry: Entry) -> None:
    for seen in entry.sightings:
        key = (entry.source, seen.uid)
        known = sums.get(key)
        sums[key] = Sighted(
            min(seen.first_seen, known.first_seen) if known else seen.first_seen,
            max(seen.last_seen, known.last_seen) if known else seen.last_seen,
            entry.topic,
            entry.partition,
            entry.epoch,
            entry.offset,
            seen.line,
        )


def births(entries: Iterable[Entry]) -> dict[str, tuple[str, str]]:
    """(template, sample) by uid, of all entries: also a discarded one may have told them first."""
    return {b.uid: (b.template, b.sample) for entry in entries for b in entry.births}


def aliases(entries: Iterable[Entry]) -> set[tuple[str, str]]:
    """Edges of the union of uids, of all entries."""
    return {edge for entry in entries for edge in entry.aliases}
