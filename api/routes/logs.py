"""The lines themselves, read out of the topic: a search, what is around one, the newest."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from operator import ge, gt, le, lt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api import examples
from api.csv import Within, cell, wants_csv
from api.documented import answered
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from connectors.kafka import topic_name
from connectors.log_search import LogSearch
from connectors.stores import pattern_lists
from schemas.filters import Filter, window
from schemas.log_lines import GRAMMAR, LogContext, LogLine, LogPage, LogTail
from schemas.log_reads import Wanted
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT
from schemas.pattern_lists import LEVELS
from schemas.roles import Permission
from schemas.topics import LOGS_RAW

router = APIRouter(prefix="/api/v1/logs", tags=["logs"])

_USUAL: Final = timedelta(hours=24)
_AROUND: Final = 500
_EXPORT_SECONDS: Final = 60.0
_COMPARED: Final[dict[str, Any]] = {">=": ge, ">": gt, "<=": le, "<": lt}

Reader = Annotated[Caller, Depends(permit(Permission.READ))]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Exact = Annotated[bool, Query(alias="case", description="Whether `q` minds upper and lower case.")]


async def exporting(request: Request) -> AsyncIterator[None]:
    """Of an export: its place, from its first line read to its last line sent."""
    with request.app.state.log_exports.place() if wants_csv(request) else nullcontext():
        yield


@router.get(
    "", response_model=LogPage, responses=listed(examples.LOGS), openapi_extra=parameters(GRAMMAR)
)
async def search(
    request: Request,
    response: Response,
    caller: Reader,
    _: Annotated[None, Depends(exporting)],
    limit: Limit = DEFAULT_LIMIT,
    cursor: str | None = None,
    exact: Exact = False,
) -> LogPage | StreamingResponse:
    """Lines of the window (the last 24 hours), the newest records first.

    `q` is literal text of the line. A page ends with `limit` lines or when it has cost enough:
    `scanned` says how far it got, and `next_cursor` goes on from there. CSV ends after a minute at
    the latest, and then says in its last line how far it got; two are sent at once.
    """
    asked = filter_of(request, GRAMMAR, "case")
    wanted = await wanted_of(request, asked, exact)

    async def fetch(limit: int, cursor: str | None) -> LogPage:
        return await log_search_of(request).search(wanted, limit, cursor)

    within = Within(_EXPORT_SECONDS, _reached)
    return await listing(request, response, caller, "logs", LogLine, fetch, limit, cursor, within)


def _reached(page: LogPage) -> str:
    at = page.scanned.reached
    return f"it got back to {cell(at)}" if at else "it found no line"


@router.get("/context", responses=answered(examples.CONTEXT, 404))
async def context(
    request: Request,
    _: Reader,
    topic: Annotated[str, Query(max_length=255)],
    partition: Annotated[int, Query(ge=0, le=2**31 - 1)],
    offset: Annotated[int, Query(ge=0, le=2**62)],
    line: Annotated[int, Query(ge=0, le=2**31 - 1)],
    lines: Annotated[int, Query(ge=0, le=_AROUND, description="On each side.")] = 50,
) -> LogContext:
    """A line at its place, with its neighbours of the same source in the order of the topic."""
    found = None
    if topic == topic_name(request.app.state.settings, LOGS_RAW):
        found = await log_search_of(request).context(partition, offset, line, lines)
    if found is None:
        detail = "no line there: retention has deleted it, or it is a dead letter"
        raise Problem(HTTPStatus.NOT_FOUND, "no-such-line", detail)
    return found


@router.get("/tail", responses=answered(examples.TAIL), openapi_extra=parameters(GRAMMAR))
async def tail(
    request: Request,
    _: Reader,
    limit: Limit = DEFAULT_LIMIT,
    after: str | None = None,
    exact: Exact = False,
) -> LogTail:
    """The newest lines; then, with `after` of each answer, those that have come since.

    Lines are here as soon as the broker has them, before they are counted. `from` and `to` are
    heeded only when they are given.
    """
    asked = filter_of(request, GRAMMAR, "after", "case")
    wanted = await wanted_of(request, asked, exact, always=True)
    return await log_search_of(request).tail(wanted, limit, after)


async def wanted_of(
    request: Request, asked: Filter, exact: bool, *, always: bool = False
) -> Wanted:
    """The filter as the reader understands it; `always`: any time, where none is given."""
    since_ms, until_ms = 0, 2**62
    if not always or asked.since or asked.until:
        since, until = window(asked, datetime.now(UTC), _USUAL)
        since_ms = round(since.timestamp() * 1000)
        until_ms = round(until.timestamp() * 1000) if asked.until else until_ms
    only: dict[str, list[str]] = {}
    never: dict[str, list[str]] = {}
    levels = set(range(len(LEVELS)))
    for name, operator, values in asked.conditions:
        if name == "level":
            levels &= _levels(operator, values)
        else:
            (only if operator == "=" else never)[name] = list(values)
    await _with_aliases(request, only, never)
    every = len(levels) == len(LEVELS)
    chosen = [] if every else sorted(levels) or [-1]  # none fits
    return Wanted(since_ms, until_ms, only, never, chosen, asked.q, exact)


def _levels(operator: str, values: tuple[str, ...]) -> set[int]:
    named = {LEVELS.index(word) for word in values}
    if compare := _COMPARED.get(operator):
        return {level for level in range(len(LEVELS)) if compare(level, min(named))}
    return named if operator == "=" else set(range(len(LEVELS))) - named


async def _with_aliases(request: Request, *sets: dict[str, list[str]]) -> None:
    """A pattern stands for every uid that it ever had."""
    if not any("pattern" in one for one in sets):
        return
    async with request.app.state.database.reading() as connection:
        union = await pattern_lists.aliases(connection)
    for one in sets:
        if "pattern" in one:
            uids = {m for uid in one["pattern"] for m in union.members(union.root(uid))}
            one["pattern"] = sorted(uids)


def log_search_of(request: Request) -> LogSearch:
    """The way to the lines."""
    state = request.app.state
    topic = topic_name(state.settings, LOGS_RAW)
    return LogSearch(state.database.reading, state.log_reader, topic)
