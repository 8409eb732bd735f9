"""Anomalies as the API gives them, and the judgement of a single value."""

from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from schemas.metric_names import unit_of
from schemas.signals import Signal

AnomalySeverity = Literal["low", "medium", "high"]

# Half-way from what is worth a note (3) to what wakes somebody alone (8).
MEDIUM_SCORE: Final = 5.5


class Anomaly(BaseModel):
    """One thing that a metric did: when it was farthest from what is usual, and how far.

    `timestamp` and `value` are the farthest moment that was published, the baseline is that of the
    onset, all in the metric's own unit. `ended` is None while it goes on.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "timestamp": "2026-03-01T12:03:00Z",
                    "host": "web-1",
                    "metric": "cpu_usage",
                    "value": 97.0,
                    "severity": "high",
                    "baseline_mean": 21.5,
                    "baseline_std": 4.2,
                    "baseline_low": 12.0,
                    "baseline_high": 34.0,
                    "unit": "percent",
                    "score": 8.4,
                    "reason": "cpu_usage of web-1 is 97 %, usual 12\u201334 % (24 h); tier 1: 18 "
                    "deviations, value, beyond all of late",
                    "onset": "2026-03-01T12:01:00Z",
                    "ended": None,
                    "active": True,
                    "signal_id": "9f0c5a3e7d1b2468",
                    "alert_id": "1d2c3b4a59687f0e",
                    "demo": False,
                }
            ]
        }
    )

    timestamp: AwareDatetime
    host: str
    metric: str
    value: float | None
    severity: AnomalySeverity
    baseline_mean: float | None
    baseline_std: float | None
    baseline_low: float | None
    baseline_high: float | None
    unit: str
    score: float
    reason: str
    onset: AwareDatetime
    ended: AwareDatetime | None
    active: bool
    signal_id: str
    alert_id: str | None
    demo: bool


def severity_of(strength: str, score: float) -> AnomalySeverity:
    """The specification's word for how strange it was: high wakes somebody."""
    if strength == "paging":
        return "high"
    return "medium" if score >= MEDIUM_SCORE else "low"


def anomaly(
    signal: Signal,
    peak: tuple[AwareDatetime, float] | None = None,
    alert_id: str | None = None,
) -> Anomaly:
    """The newest version of a signal with its farthest moment. Pure."""
    at, value = peak or (signal.at, signal.value)
    base = signal.baseline
    return Anomaly(
        timestamp=at,
        host=signal.host,
        metric=signal.metric,
        value=value,
        severity=severity_of(signal.strength, signal.score),
        baseline_mean=base.mean if base else None,
        baseline_std=base.std if base else None,
        baseline_low=base.low if base else None,
        baseline_high=base.high if base else None,
        unit=unit_of(signal.metric),
        score=signal.score,
        reason=signal.reason,
        onset=signal.onset,
        ended=None if signal.active else signal.at,
        active=signal.active,
        signal_id=signal.id,
        alert_id=alert_id,
        demo=signal.demo,
    )
