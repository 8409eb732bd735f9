"""Is this value an anomaly? The question that somebody asks, and the answer."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.baselines import SAMPLES_NEEDED, THRESHOLD, judge
from schemas.history import RAW
from schemas.metric_names import PERCENT, unit_of
from schemas.texts import Text

LOOKBACK_HOURS: Final = 24.0
MAX_SAMPLES: Final = 10_000


class CheckQuestion(BaseModel):
    """`current_value` is in the unit of the metric."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"host": "web-1", "metric_name": "cpu_usage", "current_value": 97.0}]
        },
    )

    host: Text
    metric_name: Text
    current_value: float = Field(allow_inf_nan=False, ge=-1e100, le=1e100)
    lookback_hours: float = Field(default=LOOKBACK_HOURS, gt=0, le=24 * 90)


class CheckAnswer(BaseModel):
    """`score` is in robust deviations; `severity` is "unknown" while there is too little history.

    `baseline_mean` is the median and `baseline_std` the robust deviation of `samples_analyzed`
    values, which `baseline` describes; they are None where there are none.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "host": "web-1",
                    "metric_name": "cpu_usage",
                    "unit": "percent",
                    "current_value": 97.0,
                    "is_anomaly": True,
                    "severity": "high",
                    "score": 17.9,
                    "threshold": 3.0,
                    "baseline": "median and robust deviation of 1440 points, the last 24 h",
                    "baseline_mean": 21.5,
                    "baseline_std": 4.2,
                    "historical_min": 8.0,
                    "historical_max": 44.0,
                    "percentile_95": 31.0,
                    "samples_analyzed": 1440,
                    "samples_needed": 24,
                    "reason": "97 is 17.9 deviations from 21.5",
                }
            ]
        }
    )

    host: str
    metric_name: str
    unit: str
    current_value: float
    is_anomaly: bool
    severity: Literal["unknown", "normal", "low", "medium", "high"]
    score: float
    threshold: float = THRESHOLD
    baseline: str
    baseline_mean: float | None = None
    baseline_std: float | None = None
    historical_min: float | None = None
    historical_max: float | None = None
    percentile_95: float | None = None
    samples_analyzed: int
    samples_needed: int = SAMPLES_NEEDED
    reason: str


def answer(asked: CheckQuestion, samples: list[float], step: int | None) -> CheckAnswer:
    """The judgement in words. `step` is that of the samples in seconds, None: points. Pure."""
    count = len(samples)
    what = "points" if step in (None, RAW) else f"means of {step} s"
    baseline = f"median and robust deviation of {count} {what}, the last {asked.lookback_hours:g} h"
    unit = unit_of(asked.metric_name)
    if count < SAMPLES_NEEDED:
        return CheckAnswer(
            **asked.model_dump(exclude={"lookback_hours"}),
            unit=unit,
            is_anomaly=False,
            severity="unknown",
            score=0.0,
            baseline=baseline,
            samples_analyzed=count,
            reason=f"learning: {count} of {SAMPLES_NEEDED} samples",
        )
    found = judge(samples, asked.current_value, is_percent=unit == PERCENT)
    return CheckAnswer(
        **asked.model_dump(exclude={"lookback_hours"}),
        unit=unit,
        is_anomaly=found.severity != "normal",
        severity=found.severity,
        score=found.score,
        baseline=baseline,
        baseline_mean=found.centre,
        baseline_std=found.deviation,
        historical_min=found.least,
        historical_max=found.most,
        percentile_95=found.percentile_95,
        samples_analyzed=count,
        reason=f"{asked.current_value:g} is {found.score:.3g} deviations from {found.centre:.6g}",
    )
