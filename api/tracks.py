"""Tracks of metrics out of either history, never with more values than an answer may have."""

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from api.histories import in_time
from connectors.stores.history.port import History
from schemas.history import RAW, Aggregate, Track
from schemas.series import MAX_POINTS, MetricSeries, WantedSeries, check_step, series_of
from schemas.windows import Window, step_for

_AT_ONCE: Final = 4  # queries; others want connections, too
_DAY_MS: Final = 86_400_000


class Drawn(NamedTuple):
    """A track and its step in seconds; None: its points as they were measured."""

    track: Track
    step: int | None


class Named(NamedTuple):
    """A series as it is asked for, and the name of the metric that is kept."""

    wanted: WantedSeries
    stored: str

    @property
    def is_total(self) -> bool:
        """Whether what is kept is the total whose rate is asked for."""
        return self.stored != self.wanted.metric


async def several(
    history: History, named: Sequence[Named], window: Window, step: int | None
) -> list[MetricSeries]:
    """In the same order. Raises Unavailable, and InvalidEvent("step") for a step too short."""
    check_step(window, step)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(series: Named) -> MetricSeries:
        async with gate:
            return await _one(history, series, window, step)

    return await in_time(asyncio.gather(*map(one, named)))


async def _one(history: History, one: Named, window: Window, step: int | None) -> MetricSeries:
    wanted = one.wanted
    aggregate: Aggregate | None = wanted.aggregate
    if one.is_total:
        aggregate = "last" if step or aggregate else None
    usual: Aggregate = "last" if one.is_total else "mean"  # of a total, as rates need it
    found = await drawn(history, (wanted.host, one.stored), window, step, aggregate, usual=usual)
    return series_of(
        wanted,
        found.track,
        step=found.step,
        aggregate=aggregate or usual,
        is_total=one.is_total,
    )


async def drawn(
    history: History,
    series: tuple[str, str],
    window: Window,
    step: int | None = None,
    aggregate: Aggregate | None = None,
    *,
    usual: Aggregate = "mean",
    most: int = MAX_POINTS,
) -> Drawn:
    """The points where no step and no aggregate is asked and they are few enough, else by steps."""
    host, metric = series
    begin, end = window.since_ms, window.until_ms
    if step is None and aggregate is None:
        counts = await history.query(host, metric, begin, end, _DAY_MS, "count")
        if sum(counts.values) <= most:
            return Drawn(await history.query(host, metric, begin, end, RAW), None)
    width = step or step_for(window, most)
    found = await history.query(host, metric, begin, end, width * 1000, aggregate or usual)
    return Drawn(found, width)
