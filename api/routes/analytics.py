"""Metrics over time, what was strange in them, and whether a value would be."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from api.csv import TRUNCATED
from api.documented import problems
from api.histories import in_time
from api.permits import Caller, permit
from api.problems import Problem
from api.tracks import Named, drawn, several
from connectors.stores import anomalies, last_points
from schemas.anomalies import Anomaly, AnomalySeverity
from schemas.checks import LOOKBACK_HOURS, MAX_SAMPLES, CheckAnswer, CheckQuestion, answer
from schemas.errors import InvalidEvent
from schemas.history import Aggregate
from schemas.metric_names import canonical, is_counter
from schemas.roles import Permission
from schemas.series import (
    MetricSeries,
    MissingSeries,
    SeriesAnswer,
    SeriesQuestion,
    WantedSeries,
    names_of,
)
from schemas.texts import Text
from schemas.totals import counter_of, rate_name
from schemas.windows import MAX_HOURS, Window, window_of

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])

Reader = Annotated[Caller, Depends(permit(Permission.READ))]
Host = Annotated[Text | None, Query(examples=["web-1"])]
Metric = Annotated[Text | None, Query(examples=["cpu_usage"])]
Hours = Annotated[float | None, Query(gt=0, le=MAX_HOURS, description="The last so many hours.")]
From = Annotated[
    str | None,
    Query(alias="from", max_length=100, description="RFC 3339, now, or so long ago: -24h."),
]
To = Annotated[str | None, Query(alias="to", max_length=100, description="Likewise; it is not in.")]
_USUAL_LIMIT: Final = 1_000
_MOST: Final = 5_000


@router.get("/metrics/historical/{host:path}", responses=problems(404))
async def historical(
    request: Request,
    host: Text,
    metric: Annotated[Text, Query(examples=["cpu_usage"])],
    caller: Reader,
    hours: Hours = None,
    since: From = None,
    until: To = None,
    step: Annotated[int | None, Query(ge=1, le=31_536_000, description="Seconds.")] = None,
    aggregate: Aggregate | None = None,
) -> MetricSeries:
    """One metric of one host, at most 2,000 values: the last 24 hours unless it is said otherwise.

    Without `step` and `aggregate` the points are given as they were measured, where they are few
    enough, else means of the shortest usual step that fits. Other names of a metric are understood.
    """
    window = window_of(datetime.now(UTC), hours, since, until)
    wanted = WantedSeries(host=host, metric=metric, aggregate=aggregate)
    named, _ = await _named(request, [wanted])
    if not named:
        detail = f"{host!r} has no metric {metric!r}; see /api/v1/hosts/{{host}}/metrics"
        raise Problem(HTTPStatus.NOT_FOUND, "no-such-series", detail)
    (found,) = await several(await request.app.state.histories.open(), named, window, step)
    return found


@router.post("/metrics/query", responses=problems())
async def query(request: Request, asked: SeriesQuestion, caller: Reader) -> SeriesAnswer:
    """Several series at once, each as `historical` gives it; those that are not there are named."""
    window = window_of(datetime.now(UTC), asked.hours, asked.since, asked.until)
    named, missing = await _named(request, asked.series)
    history = await request.app.state.histories.open()
    found = await several(history, named, window, asked.step)
    return SeriesAnswer(since=window.since, until=window.until, series=found, missing=missing)


@router.get("/anomalies", responses=problems())
async def recent_anomalies(
    request: Request,
    response: Response,
    caller: Reader,
    host: Host = None,
    metric: Metric = None,
    hours: Hours = None,
    since: From = None,
    until: To = None,
    severity: Annotated[list[AnomalySeverity] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = _USUAL_LIMIT,
) -> list[Anomaly]:
    """What metrics did that was strange, the newest first: of the last 24 hours unless it is said
    otherwise. `X-Truncated: true` says that there were more than `limit`.
    """
    window = window_of(datetime.now(UTC), hours, since, until)
    wanted = anomalies.Wanted(window.since, window.until, host, metric, severity)
    async with request.app.state.database.reading() as connection:
        found = await anomalies.listed(connection, wanted, limit + 1)
    if len(found) > limit:
        response.headers[TRUNCATED] = "true"
    return found[:limit]


@router.post("/anomalies/check", responses=problems())
async def check(
    request: Request,
    caller: Reader,
    asked: Annotated[CheckQuestion | None, Body()] = None,
    host: Host = None,
    metric_name: Metric = None,
    current_value: Annotated[float | None, Query(allow_inf_nan=False)] = None,
    lookback_hours: Annotated[float, Query(gt=0, le=24 * 90)] = LOOKBACK_HOURS,
) -> CheckAnswer:
    """Whether a value would be strange beside the history of its series; nothing is stored.

    Asked by parameters or by a body. The answer says which baseline it comes from, and of how many
    samples; with too few it is learning. A series that is constant never alerts.
    """
    if asked is None:
        asked = _by_parameters(host, metric_name, current_value, lookback_hours)
    elif host is not None or metric_name is not None or current_value is not None:
        raise InvalidEvent("question", "give parameters or a body, not both")
    name = canonical(asked.metric_name).name
    if is_counter(name):
        raise InvalidEvent("question", f"{name} is a total; ask for its rate, {rate_name(name)}")
    window = window_of(datetime.now(UTC), asked.lookback_hours)
    wanted = WantedSeries(host=asked.host, metric=asked.metric_name)
    samples, step = await _samples(request, wanted, window)
    return answer(asked, samples, step)


def _by_parameters(
    host: str | None, metric_name: str | None, current_value: float | None, lookback_hours: float
) -> CheckQuestion:
    if not host or not metric_name or current_value is None or abs(current_value) > 1e100:
        raise InvalidEvent("question", "host, metric_name and current_value are needed")
    return CheckQuestion(
        host=host,
        metric_name=metric_name,
        current_value=current_value,
        lookback_hours=lookback_hours,
    )


async def _samples(
    request: Request, wanted: WantedSeries, window: Window
) -> tuple[list[float], int | None]:
    named, _ = await _named(request, [wanted])
    if not named:
        return [], None
    history = await request.app.state.histories.open()
    if named[0].is_total:
        (found,) = await several(history, named, window, None)
        return found.values, found.step
    series = (wanted.host, named[0].stored)
    track, step = await in_time(drawn(history, series, window, most=MAX_SAMPLES))
    return track.values, step


async def _named(
    request: Request, asked: Sequence[WantedSeries]
) -> tuple[list[Named], list[MissingSeries]]:
    """Those that are there, under the name they are kept by, and those that are not."""
    names = {one.metric: names_of(one.metric) for one in asked}
    pairs = [(one.host, name) for one in asked for name in names[one.metric]]
    async with request.app.state.database.reading() as connection:
        known = await last_points.known(connection, pairs)
    named, missing = [], []
    for one in asked:
        stored = next((name for name in names[one.metric] if (one.host, name) in known), None)
        if stored is None:
            missing.append(MissingSeries(host=one.host, metric=one.metric))
        elif stored == counter_of(one.metric):
            named.append(Named(one, stored))
        else:
            named.append(Named(one.model_copy(update={"metric": stored}), stored))
    return named, missing
