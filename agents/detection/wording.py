"""Verdicts as signals: an id that a replay reproduces, and one sentence that says why."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Literal, NamedTuple

from agents.detection.verdicts import OFF, Verdict
from schemas.signals import Baseline, Signal

_ID_BYTES = 8


class Subject(NamedTuple):
    """What a series is about, as a signal says it.

    `name` is how a sentence calls it: "cpu_usage of web-1", "«connection refused» of api".
    `kind` is "anomaly" for a metric and "rate_change" for the rate of a pattern's lines.
    """

    scope: str
    name: str
    kind: Literal["anomaly", "rate_change"] = "anomaly"
    unit: str = ""
    host: str = ""
    service: str = ""
    source: str = ""
    metric: str = ""
    pattern: str = ""
    severity: int = 0
    sample: str = ""
    demo: bool = False


def signal(verdict: Verdict, subject: Subject) -> Signal:
    """The record for the topic `signals`; the same verdict gives the same record."""
    return Signal(
        id=signal_id(subject.scope, verdict.onset),
        version=verdict.version,
        kind=subject.kind,
        scope=subject.scope,
        active=verdict.active,
        onset=_moment(verdict.onset),
        at=_moment(verdict.at),
        strength=verdict.strength,
        score=verdict.score,
        reason=reason(verdict, subject),
        host=subject.host,
        service=subject.service,
        source=subject.source,
        metric=subject.metric,
        pattern=subject.pattern,
        severity=subject.severity,
        value=verdict.value,
        unit=subject.unit,
        baseline=Baseline(mean=verdict.mean, std=verdict.std, low=verdict.low, high=verdict.high),
        sample=subject.sample,
        demo=subject.demo,
    )


def signal_id(scope: str, onset: float) -> str:
    """16 hex digits from what it is about and when it began, to the millisecond."""
    text = f"{scope}|{round(onset * 1000)}"
    return blake2b(text.encode(), digest_size=_ID_BYTES).hexdigest()


def reason(verdict: Verdict, subject: Subject) -> str:
    """One sentence: what is seen, what was usual, which tier says so and by what."""
    usual = f"usual {_range(verdict.low, verdict.high, subject.unit)} (24 h)"
    if verdict.active:
        seen = f"{subject.name} is {quantity(verdict.value or 0.0, subject.unit)}"
        return f"{seen}, {usual}; {_tier(verdict)}"
    lasted = duration(verdict.at - verdict.onset)
    if verdict.value is None:
        lines = subject.kind == "rate_change"
        none = f"{subject.source} writes no lines" if lines else f"{subject.name} gives no points"
        return f"{none} any more, {usual}; over after {lasted}"
    seen = quantity(verdict.value, subject.unit)
    if abs(verdict.value - verdict.mean) > OFF * verdict.std:
        return f"{subject.name} has settled at {seen}, before {usual}; over after {lasted}"
    return f"{subject.name} is back at {seen}, {usual}; over after {lasted}"


def _tier(verdict: Verdict) -> str:
    text = f"tier 1: {number(verdict.deviations)} deviations, {verdict.cause}"
    return f"{text}, beyond all of late" if verdict.beyond > 0.0 else text


def quantity(value: float, unit: str) -> str:
    """A number with its unit: 97 %, 1,250 ms."""
    return f"{number(value)} {unit}".rstrip()


def _range(low: float, high: float, unit: str) -> str:
    if number(low) == number(high):
        return quantity(low, unit)
    dash = " to " if low < 0 else "\N{EN DASH}"
    return f"{number(low)}{dash}{number(high)} {unit}".rstrip()


def number(value: float) -> str:
    """Three digits, or all before the point where there are more: 0.0123, 6.2, 1,250."""
    if abs(value) >= 1e15:
        return f"{value:.3g}"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return "0" if text == "-0" else text


def duration(seconds: float) -> str:
    """In its largest unit: 40 s, 12 min, 3 h, 2 d."""
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds * 1000) / 1000, UTC)
