"""What the logs say: patterns within a window, one of them, its lines, values and course."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api import examples
from api.documented import answered
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from api.routes.logs import log_search_of, wanted_of
from connectors import patterns as real
from connectors.stores import line_series, pattern_lists
from connectors.stores.pattern_lists import Window
from connectors.stores.postgres import Connection
from connectors.stores.windows import Span
from schemas.aliases import Aliases
from schemas.filter_values import to_moment
from schemas.filters import Condition, Filter, window
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT
from schemas.pattern_lists import (
    GRAMMAR,
    SERIES_GRAMMAR,
    WINDOW_GRAMMAR,
    By,
    LineSeries,
    PatternPage,
    PatternRow,
    PatternSample,
    PatternSamples,
    PatternSlots,
)
from schemas.roles import Permission
from schemas.texts import Kept

router = APIRouter(prefix="/api/v1/patterns", tags=["patterns"])

_DAY: Final = timedelta(days=1)
_POINTS: Final = 120  # about so many, where no step is asked for
_SAMPLES: Final = 20

Reader = Annotated[Caller, Depends(permit(Permission.READ))]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Uid = Annotated[Kept, Path(max_length=64, examples=["5f0e3c1a9b7d2e44"])]
Step = Annotated[int | None, Query(ge=60, le=604_800, description="Seconds; whole minutes count.")]


@router.get(
    "",
    response_model=PatternPage,
    responses=listed(examples.PATTERNS),
    openapi_extra=parameters(GRAMMAR),
)
async def list_patterns(
    request: Request,
    response: Response,
    caller: Reader,
    limit: Limit = DEFAULT_LIMIT,
    cursor: str | None = None,
    new_since: Annotated[
        str | None, Query(description="Only those first seen since then.", examples=["-1h"])
    ] = None,
) -> PatternPage | StreamingResponse:
    """Patterns with lines in the window (the last 24 hours), the most frequent first.

    `source` chooses the lines that count, everything else chooses patterns. All counts together
    are `total_lines`.
    """
    asked = filter_of(request, GRAMMAR, "new_since")
    now = datetime.now(UTC)
    if new_since:
        to_moment("new_since", new_since, now)
        young = Condition("first_seen", ">=", (new_since,))
        asked = Filter((*asked.conditions, young), asked.q, asked.since, asked.until, asked.sort)
    counted = Window(span_of(asked, now), now)

    async def fetch(limit: int, cursor: str | None) -> PatternPage:
        async with request.app.state.database.reading() as connection:
            return await pattern_lists.page(connection, asked, counted, limit, cursor)

    return await listing(request, response, caller, "patterns", PatternRow, fetch, limit, cursor)


@router.get(
    "/series", responses=answered(examples.SERIES), openapi_extra=parameters(SERIES_GRAMMAR)
)
async def series_of_all(
    request: Request, _: Reader, step: Step = None, by: By = "severity"
) -> LineSeries:
    """All lines by time, split by severity or source."""
    if by in ("host", "service"):
        raise _unprocessable("by", "all lines are split by severity or source")
    asked = filter_of(request, SERIES_GRAMMAR, "step", "by")
    span = span_of(asked, datetime.now(UTC))
    span, size = line_series.steps_of(span, step and step // 60, by, _POINTS)
    async with request.app.state.database.reading() as connection:
        return await line_series.all_lines(connection, asked, span, size, by)


@router.get(
    "/{uid}",
    responses=answered(examples.PATTERNS["items"][0], 404),
    openapi_extra=parameters(WINDOW_GRAMMAR),
)
async def one(request: Request, uid: Uid, _: Reader) -> PatternRow:
    """One pattern by any uid that it ever had, counted in the window (the last 24 hours)."""
    asked = filter_of(request, WINDOW_GRAMMAR)
    span = span_of(asked, datetime.now(UTC))
    async with request.app.state.database.reading() as connection:
        return await _row(connection, uid, span)


@router.get("/{uid}/samples", responses=answered(examples.SAMPLES, 404))
async def samples(
    request: Request,
    uid: Uid,
    _: Reader,
    limit: Annotated[int, Query(ge=1, le=_SAMPLES)] = 5,
) -> PatternSamples:
    """Newest lines, read again from the topic: one of each source at the most."""
    async with request.app.state.database.reading() as connection:
        union = await pattern_lists.aliases(connection)
        members = await pattern_lists.members(connection, union.members(union.root(uid)))
    if not members:
        raise unknown(uid)
    found = await real.samples(request.app.state.settings, members[:limit])
    return PatternSamples(
        items=[PatternSample(**sample.model_dump()) for sample in found], kept=members[0].sample
    )


@router.get(
    "/{uid}/series",
    responses=answered(examples.SERIES, 404),
    openapi_extra=parameters(WINDOW_GRAMMAR),
)
async def series(
    request: Request, uid: Uid, _: Reader, step: Step = None, by: By = "severity"
) -> LineSeries:
    """Its lines by time, split by severity, source, host or service (the last two by the hour)."""
    asked = filter_of(request, WINDOW_GRAMMAR, "step", "by")
    span = span_of(asked, datetime.now(UTC))
    span, size = line_series.steps_of(span, step and step // 60, by, _POINTS)
    async with request.app.state.database.reading() as connection:
        union = await pattern_lists.aliases(connection)
        await _row(connection, uid, span, union)
        uids = union.members(union.root(uid))
        return await line_series.of_pattern(connection, uids, span, size, by)


@router.get(
    "/{uid}/slots",
    responses=answered(examples.SLOTS, 404),
    openapi_extra=parameters(WINDOW_GRAMMAR),
)
async def slots(request: Request, uid: Uid, _: Reader) -> PatternSlots:
    """What stood in the variables' places, out of its newest lines in the window."""
    asked = filter_of(request, WINDOW_GRAMMAR)
    now = datetime.now(UTC)
    async with request.app.state.database.reading() as connection:
        union = await pattern_lists.aliases(connection)
        row = await _row(connection, uid, span_of(asked, now), union)
    wanted = await wanted_of(request, Filter(since=asked.since, until=asked.until), exact=False)
    only = {"pattern": union.members(union.root(uid)), "source": row.sources}
    return await log_search_of(request).slots(
        row.template, msgspec.structs.replace(wanted, only=only)
    )


def span_of(asked: Filter, now: datetime) -> Span:
    """The window in minutes: those that hold its beginning and its end are in it."""
    since, until = window(asked, now, _DAY)
    return Span(int(since.timestamp()) // 60, -(-int(until.timestamp() + 1) // 60))


async def _row(
    connection: Connection, uid: str, span: Span, union: Aliases | None = None
) -> PatternRow:
    union = union or await pattern_lists.aliases(connection)
    total = await line_series.total(connection, span)
    rows = await pattern_lists.rows_of(connection, union, [union.root(uid)], Filter(), span, total)
    if not rows:
        raise unknown(uid)
    return rows[0]


def unknown(uid: str) -> Problem:
    """404 for a uid that no line was ever counted under."""
    return Problem(HTTPStatus.NOT_FOUND, "no-such-pattern", f"no pattern has the uid {uid}")


def _unprocessable(name: str, detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", f"{name}: {detail}")
