"""What a slice of rates remembers, and what is said about the lines of a source."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from agents.detection.cascade import WARNING
from agents.detection.verdicts import Verdict
from agents.detection.wording import Subject, signal, signal_id
from schemas.logs import Entry
from schemas.severities import Severity
from schemas.signals import Signal

ALL = ""  # instead of a uid: all lines of a source


class Series(msgspec.Struct, array_like=True):
    """The rate of a pattern's lines in a source; `sums` holds lines by minutes not over yet, `last`
    is the newest minute that had lines.
    """

    source: str
    uid: str
    severity: int
    host: str
    service: str
    demo: bool
    sums: dict[int, int]
    last: int = 0

    @property
    def scope(self) -> str:
        """What a signal about it is about."""
        return f"rate:{self.source}" if self.uid == ALL else f"pattern:{self.uid}@{self.source}"


LAG_WAVERS: Final = 1  # minutes between one entry and the next
LAG_HOLDS: Final = 5  # minutes after which it is a property of the source


class Source(msgspec.Struct, array_like=True):
    """A source as a slice knows it. Minutes are Unix time // 60.

    It was first heard in the minute `first`; `over` is the last minute that was judged, `last` the
    last that it was heard in. `habit` is the share of its minutes in which it spoke lately.
    `silent` is the minute from which on it was said to be silent, 0 while it speaks. `lag` is by
    how many minutes its lines' own times stay behind their arrival, once that was the same for a
    while (local time without a zone, a slow clock, a queue on the way); `lag_seen` is what it was
    last, in `lag_held` minutes of which `lag_at` was the newest.
    """

    first: int
    over: int
    last: int = 0
    habit: float = 1.0
    silent: int = 0
    live: bool = False
    demo: bool = False
    lag: int = 0
    lag_seen: int = 0
    lag_held: int = 0
    lag_at: int = 0

    def learn_lag(self, arrival: int, newest: int) -> None:
        """From an entry that arrived in the minute `arrival`, its newest line being of `newest`.

        A backlog that is caught up with has another lag in each minute.
        """
        lag = arrival - newest
        if abs(lag - self.lag_seen) > LAG_WAVERS:
            self.lag_seen, self.lag_held = lag, 0
        elif arrival > self.lag_at:
            self.lag_held += 1
        self.lag_at = max(self.lag_at, arrival)
        if self.lag_held >= LAG_HOLDS:
            self.lag = self.lag_seen if abs(self.lag_seen) > LAG_WAVERS else 0


def new_series(entry: Entry, uid: str, severity: int) -> Series:
    """The host and service are those of the pattern's first lines in the entry."""
    places = entry.places
    found = zip(places.uid, places.host, places.service, strict=True)
    host, service = next(((h, s) for other, h, s in found if uid in (ALL, other)), ("", ""))
    return Series(entry.source, uid, severity, host, service, entry.demo, {})


def rate_changed(series: Series, verdict: Verdict, template: str) -> Signal:
    """A verdict about a rate, in lines a minute."""
    what = f"“{template}” in {series.source}" if series.uid else series.source
    subject = Subject(
        scope=series.scope,
        name=f"the rate of {what}",
        kind="rate_change",
        unit="lines/min",
        host=series.host,
        service=series.service,
        source=series.source,
        pattern=series.uid,
        severity=series.severity,
        demo=series.demo,
    )
    return signal(verdict, subject)


def never_seen(series: Series, entry: Entry, template: str) -> Signal:
    """A source writes an error that it never wrote before."""
    seen = next((s.first_seen for s in entry.sightings if s.uid == series.uid), entry.arrival)
    samples = {birth.uid: birth for birth in entry.births}
    known = samples.get(series.uid)
    word = Severity(series.severity).name.lower()
    return Signal(
        id=signal_id(series.scope, seen / 1000),
        version=1,
        kind="new_pattern",
        scope=series.scope,
        active=True,
        onset=_moment(seen),
        at=_moment(seen),
        strength="warning",
        score=WARNING,
        reason=f"{series.source} never wrote this before, as {word}:"
        f" “{known.template if known else template}”",
        host=series.host,
        service=series.service,
        source=series.source,
        pattern=series.uid,
        severity=series.severity,
        sample=known.sample if known else "",
        demo=series.demo,
    )


def silence(name: str, source: Source, at: int, active: bool) -> Signal:
    """A source that speaks in nearly every minute does not, or does again; `at` is a minute."""
    scope = f"source:{name}"
    minutes = at - source.silent
    said = f"is silent for {minutes} minutes" if active else f"was silent for {minutes} minutes"
    return Signal(
        id=signal_id(scope, source.silent * 60.0),
        version=1 if active else 2,
        kind="source_silent",
        scope=scope,
        active=active,
        onset=_moment(source.silent * 60_000),
        at=_moment(at * 60_000),
        strength="warning",
        score=WARNING,
        reason=f"{name} {said}; lately it spoke in {source.habit:.0%} of all minutes",
        source=name,
        demo=source.demo,
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
