"""The dashboard in one call."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Request

from api.documented import problems
from api.permits import Caller, permit
from api.pipeline import Standing
from connectors.stores import dashboard as store
from connectors.stores.postgres import Connection
from schemas.dashboard import Dashboard, Lag
from schemas.errors import InvalidEvent, Unavailable
from schemas.roles import Permission
from schemas.windows import Window, window_of

router = APIRouter(prefix="/api/v1/dashboard", tags=["dashboard"])

_PART_SECONDS: Final = 2.0  # no part costs more
_MOST_HOURS: Final = 24 * 31
_AT_ONCE: Final = 3  # parts; others want connections, too

Part = TypeVar("Part")


@router.get("", responses=problems())
async def dashboard(
    request: Request,
    caller: Annotated[Caller, Depends(permit(Permission.READ))],
    since: Annotated[
        str | None,
        Query(alias="from", max_length=100, description="RFC 3339, now, or so long ago: -24h."),
    ] = None,
    until: Annotated[str | None, Query(alias="to", max_length=100, description="Likewise.")] = None,
) -> Dashboard:
    """What is bad now, what is new, what comes in.

    Of the last 24 hours unless it is said otherwise, of 31 days at most; two seconds old at most.

    A part that takes too long is null, and `unavailable` says why; the others are there.
    """
    window = window_of(datetime.now(UTC), None, since, until)
    if window.seconds > _MOST_HOURS * 3600:
        raise InvalidEvent("window", f"it is longer than {_MOST_HOURS // 24} days")
    state = request.app.state

    async def work_out() -> Dashboard:
        return await _parts(state, window)

    answer: Dashboard = await state.dashboards.get((since, until), work_out)
    return answer


async def _parts(state: Any, window: Window) -> Dashboard:
    now = datetime.now(UTC)
    unavailable: dict[str, str] = {}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def read(name: str, part: Callable[[Connection], Awaitable[Part]]) -> Part | None:
        async with gate:
            try:
                async with state.database.reading(_PART_SECONDS) as connection:
                    return await part(connection)
            except Unavailable as error:
                unavailable[name] = str(error)
                return None

    async def lagging() -> Lag | None:
        try:
            standing: Standing = await state.pipeline.standing.get(_PART_SECONDS)
            return standing.worst()
        except Unavailable as error:
            unavailable["lag"] = str(error)
            return None

    firing, patterns, silent, ingest, volume, top, late = await asyncio.gather(
        read("firing", lambda connection: store.firing(connection, window)),
        read("patterns", lambda connection: store.patterns(connection, window)),
        read("silent", lambda connection: store.silent(connection, now)),
        read("ingest", lambda connection: store.ingest(connection, now)),
        read("volume", lambda connection: store.volume(connection, window)),
        read("top_alerts", store.top_alerts),
        lagging(),
    )
    return Dashboard(
        since=window.since,
        until=window.until,
        at=now,
        firing=firing,
        patterns=patterns,
        silent=silent,
        ingest=ingest,
        lag=late,
        volume=volume,
        top_alerts=top,
        unavailable=unavailable,
    )
