"""What a person watching the stream wants to see, worked out from what was read. Pure.

In come counted patterns, ledgers and the states of parts, each with the time (seconds of a
monotonic clock) at which it was read; out come rates, the newest patterns and verdicts in words.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from connectors.instance import PartState
from connectors.patterns import PatternView
from connectors.stores.alerts import Numbers
from connectors.stores.patterns import Counted
from schemas.alerts import Alert
from schemas.ledger import Ledger, SourceLine

_RATE_SECONDS: Final = 5.0  # a rate is the mean of so long: steady to read, soon true
_POINTS_SECONDS: Final = 30.0  # points come every so often, all at once
_NO_ALERTS: Final = Numbers(0, 0)
_BEFORE_US: Final = float("-inf")


class Phase(Enum):
    """Where the stack is in its life; the value is the word for people."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class WayIn(NamedTuple):
    """One source: lines counted so far, and lines/s now."""

    source: str
    lines: int
    rate: float


@dataclass
class Picture:
    """All that is shown; the newest of everything, and the little history that rates need.

    `alerts` are the worst, `numbers` are of all. `fault` says what could not be read at the last
    look; what is shown is older then. `workspace` is where people look in a browser, "" while there
    is none.
    """

    phase: Phase = Phase.STARTING
    running_since: float | None = None
    parts: Sequence[PartState] = ()
    patterns: Sequence[PatternView] = ()
    ledger: Ledger | None = None
    alerts: Sequence[Alert] = ()
    numbers: Numbers = _NO_ALERTS
    fault: str = ""
    workspace: str = ""
    _looks: deque[tuple[float, dict[str, int]]] = field(default_factory=deque)
    _points: deque[tuple[float, int]] = field(default_factory=deque)
    _found: dict[str, float] = field(default_factory=dict)

    def take_patterns(
        self, views: Sequence[PatternView], counted: Iterable[Counted], now: float
    ) -> None:
        """Everything that is counted now: patterns, and the uids that they are made of."""
        lines: dict[str, int] = defaultdict(int)
        for one in counted:
            lines[one.source] += one.lines
        first = not self._looks
        self._looks.append((now, dict(lines)))
        _forget(self._looks, now - _RATE_SECONDS)
        self.patterns = views
        self._note_found(_BEFORE_US if first else now)

    def take_alerts(self, alerts: Sequence[Alert], numbers: Numbers) -> None:
        """The worst alerts of now, and how many there are in all."""
        self.alerts, self.numbers = alerts, numbers

    def take_ledger(self, ledger: Ledger, now: float) -> None:
        """The books of now; of metric points they say how fast they come."""
        self.ledger = ledger
        self._points.append((now, sum(line.accepted for line in ledger.metrics)))
        _forget(self._points, now - _POINTS_SECONDS)

    def _note_found(self, now: float) -> None:
        """A pattern is as old as its oldest uid: one that was joined to others is not new."""
        for view in self.patterns:
            found = min((self._found[uid] for uid in view.uids if uid in self._found), default=now)
            self._found.update(dict.fromkeys(view.uids, found))

    def ways_in(self) -> list[WayIn]:
        """Every source, the busiest first."""
        if not self._looks:
            return []
        (began, old), (ended, new) = self._looks[0], self._looks[-1]
        seconds = ended - began
        found = [
            WayIn(source, lines, (lines - old.get(source, 0)) / seconds if seconds else 0.0)
            for source, lines in new.items()
        ]
        return sorted(found, key=lambda way: (-way.rate, -way.lines, way.source))

    @property
    def lines(self) -> int:
        """Lines counted, of all sources."""
        return sum(way.lines for way in self.ways_in())

    @property
    def rate(self) -> float:
        """Lines/s, of all sources."""
        return sum(way.rate for way in self.ways_in())

    @property
    def points_rate(self) -> float:
        """Metric points/s, of all sources."""
        if not self._points:
            return 0.0
        (began, old), (ended, new) = self._points[0], self._points[-1]
        return (new - old) / (ended - began) if ended > began else 0.0

    def newest(self, limit: int) -> list[tuple[PatternView, float | None]]:
        """Patterns found last, each with when; None for what was there before the first look."""

        def novelty(view: PatternView) -> tuple[float, float]:
            return self._found[view.uid], view.first_seen.timestamp()

        chosen = sorted(self.patterns, key=novelty, reverse=True)[:limit]
        times = [self._found[view.uid] for view in chosen]
        return [
            (view, None if found == _BEFORE_US else found)
            for view, found in zip(chosen, times, strict=True)
        ]

    @property
    def sound(self) -> bool:
        """Whether patterns were seen and, at the last look, the books balanced."""
        balanced = self.ledger is not None and self.ledger.balanced
        return bool(self.patterns) and balanced and not self.fault


def _forget(looks: deque[tuple[float, Any]], before: float) -> None:
    """Drop what is older than needed; the last look before that time stays, to count from."""
    while len(looks) > 2 and looks[1][0] <= before:
        looks.popleft()


def total(ledger: Ledger) -> SourceLine:
    """The books of all sources together."""
    sums = SourceLine(source="all")
    for line in ledger.sources:
        sums.accepted += line.accepted
        sums.parsed += line.parsed
        sums.deduplicated += line.deduplicated
        sums.dead_lettered += line.dead_lettered
        sums.in_flight += line.in_flight
    return sums


def verdict(ledger: Ledger) -> str:
    """Whether the books balance, and else the first reason why not, in one line."""
    if ledger.balanced:
        return f"balanced, {_records(ledger.in_flight)} in flight"
    first, *others = ledger.faults
    where = f"{first.source}: " if first.source else ""
    more = f" (and {len(others)} more)" if others else ""
    return f"NOT balanced: {first.kind}: {where}{first.detail}{more}"


def _records(count: int) -> str:
    return f"{count:,} record{'s' if count > 1 else ''}" if count else "nothing"


def age(seconds: float) -> str:
    """So long ago, in the largest unit that fits."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
