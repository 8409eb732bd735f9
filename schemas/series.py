"""Metrics over time as the API gives them: one series, or several at once."""

from datetime import UTC, datetime
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from schemas.errors import InvalidEvent
from schemas.history import Aggregate, Track
from schemas.metric_names import canonical, unit_of
from schemas.texts import Text
from schemas.totals import counter_of, rates
from schemas.windows import Window, step_for, values_of

MAX_POINTS: Final = 2_000  # of one series in one answer
MAX_SERIES: Final = 50

_EXAMPLE: Final[dict[str, JsonValue]] = {
    "host": "web-1",
    "metric": "cpu_usage",
    "unit": "percent",
    "timestamps": ["2026-03-01T12:00:00Z", "2026-03-01T12:01:00Z"],
    "values": [21.5, 22.25],
    "step": None,
    "aggregate": None,
}


class MetricSeries(BaseModel):
    """One metric of one host, times ascending; `unit` is "" where it is not known.

    `step` is None where the points are given as they were measured; else in seconds, and each
    value is the `aggregate` of the points from its timestamp on. Steps without points are left
    out. A rate of a total (`net_recv_bps`) is worked out from the total.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    host: str
    metric: str
    unit: str
    timestamps: list[AwareDatetime]
    values: list[float]
    step: int | None
    aggregate: Aggregate | None


class WantedSeries(BaseModel):
    """Which series; `aggregate` None: points as they were measured where they are few enough,
    else means.
    """

    host: Text
    metric: Text
    aggregate: Aggregate | None = None


class SeriesQuestion(BaseModel):
    """Several series over one stretch of time: the last `hours`, or `from` to `to`."""

    model_config = ConfigDict(
        populate_by_name=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "from": "-6h",
                    "to": "now",
                    "step": 60,
                    "series": [
                        {"host": "web-1", "metric": "cpu_usage", "aggregate": "max"},
                        {"host": "web-1", "metric": "memory_used_percent"},
                    ],
                }
            ]
        },
    )

    series: list[WantedSeries] = Field(min_length=1, max_length=MAX_SERIES)
    hours: float | None = Field(default=None, gt=0, le=24 * 400)
    since: str | None = Field(default=None, alias="from", max_length=100)
    until: str | None = Field(default=None, alias="to", max_length=100)
    step: int | None = Field(default=None, ge=1, le=31_536_000, description="Seconds.")


class MissingSeries(BaseModel):
    """A series that was asked for and is not there."""

    host: str
    metric: str
    reason: Literal["no such series"] = "no such series"


class SeriesAnswer(BaseModel):
    """What was found, in the order of the question, and what was not."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "from": "2026-03-01T06:00:00Z",
                    "to": "2026-03-01T12:00:00Z",
                    "series": [_EXAMPLE],
                    "missing": [
                        {"host": "web-9", "metric": "cpu_usage", "reason": "no such series"}
                    ],
                }
            ]
        },
    )

    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    series: list[MetricSeries]
    missing: list[MissingSeries]


def check_step(window: Window, step: int | None, most: int = MAX_POINTS) -> None:
    """Raises InvalidEvent("step") for one that gives more values than an answer may have."""
    if step is not None and values_of(window, step) > most:
        least = step_for(window, most)
        raise InvalidEvent("step", f"{step} s gives more than {most:,} values; {least} s does not")


def series_of(
    wanted: WantedSeries,
    track: Track,
    *,
    step: int | None,
    aggregate: Aggregate | None,
    is_total: bool,
) -> MetricSeries:
    """A track as an answer; that of a total as its rates. Pure."""
    times, values = track
    if is_total:
        times, values = rates(times, values)
    return MetricSeries(
        host=wanted.host,
        metric=wanted.metric,
        unit=unit_of(wanted.metric),
        timestamps=[datetime.fromtimestamp(ms / 1000, UTC) for ms in times],
        values=values,
        step=step,
        aggregate=None if step is None else aggregate,
    )


def names_of(metric: str) -> list[str]:
    """Under which names what is asked for may be kept: its own, ours for it, and last, where there
    is one, that of the total whose rate it is. Pure.
    """
    ours = canonical(metric)
    plain = [] if ours.converts else [ours.name]
    total = counter_of(metric)
    return list(dict.fromkeys([metric, *plain, *([total] if total else [])]))
