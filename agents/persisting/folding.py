"""Folds many entries into the few rows that one transaction writes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.counts import HourKey, LineTimes, MinuteKey, Sighted
from schemas.logs import Entry


@dataclass
class Folded:
    """Sums of the entries that count, keyed as the tables are."""

    minutes: dict[MinuteKey, tuple[int, int]] = field(default_factory=dict)
    hours: dict[HourKey, int] = field(default_factory=dict)
    sightings: dict[tuple[str, str], Sighted] = field(default_factory=dict)
    times: dict[str, LineTimes] = field(default_factory=dict)


def fold(entries: Iterable[Entry]) -> Folded:
    """`entries` are those that won their record and whose lines are no repeat."""
    folded = Folded()
    for entry in entries:
        _add_minutes(folded.minutes, entry)
        _add_hours(folded.hours, entry)
        _add_sightings(folded.sightings, entry)
        _add_times(folded.times, entry)
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
