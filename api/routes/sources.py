"""/api/v1/sources: who sends, how much, how fast; and a test event as one of them."""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, get_args
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.audit import record
from api.documented import answered, problems
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.pipeline import Standing
from api.problems import Problem
from api.sending import SOURCE_CHARACTERS
from api.tracing import trace_in
from connectors.publish import batch_headers
from connectors.stores import sources
from connectors.stores.sources import SourceRow
from schemas.demo import SOURCE_PREFIX
from schemas.errors import Unavailable
from schemas.filters import Filter
from schemas.logs import LogBatch
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page
from schemas.roles import Permission
from schemas.sources import (
    GRAMMAR,
    SourceBooks,
    SourceKind,
    SourceView,
    TestEvent,
    per_second,
)

router = APIRouter(prefix="/api/v1/sources", tags=["sources"])

Name = Annotated[str, Path(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_EXAMPLE: Final = {
    "source": "file:/var/log/syslog",
    "kind": "lines",
    "rate_per_s": 12.5,
    "accepted": 120_000,
    "stored": 119_990,
    "deduplicated": 8,
    "dead_lettered": 2,
    "in_flight": 25,
    "lag_seconds": 0.4,
    "last_seen": "2026-11-23T10:15:30Z",
    "last_error": {
        "at": "2026-11-23T09:00:00Z",
        "reason": "oversized",
        "detail": "1048577 bytes",
        "letter": "0-41",
    },
    "silent": False,
    "demo": False,
}
_ONE: Final = {"source": _EXAMPLE["source"], "items": [_EXAMPLE]}


@router.get(
    "",
    response_model=Page[SourceView],
    responses=listed({"items": [_EXAMPLE], "total": 1}),
    openapi_extra=parameters(GRAMMAR),
)
async def list_sources(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(permit(Permission.READ))],
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Any:
    """All sources with their books, rate, lag and newest error; `q` is a part of the name.

    While the broker does not answer `in_flight` and `lag_seconds` are null.
    """
    asked, now = filter_of(request, GRAMMAR), datetime.now(UTC)
    standing: Standing = await request.app.state.pipeline.standing.get()

    async def fetch(count: int, after: str | None) -> Page[SourceView]:
        async with request.app.state.database.reading() as connection:
            found = await sources.page(connection, standing.known(), asked, now, (count, after))
        items = [_view(row, standing) for row in found.rows]
        return Page(items=items, next_cursor=found.next_cursor, total=found.total)

    return await listing(request, response, caller, "sources", SourceView, fetch, limit, cursor)


@router.post("/{name:path}/test", status_code=HTTPStatus.ACCEPTED, responses=problems())
async def send_test(
    request: Request,
    caller: Annotated[Caller, Depends(permit(Permission.WRITE_SOURCES))],
    name: Name,
) -> TestEvent:
    """Send one marked line as one of this source, known or new. 202: the broker has it."""
    source = nameable(name, "name")
    marker = f"test-{secrets.token_hex(8)}"
    now = datetime.now(UTC)
    line = f"{now:%Y-%m-%dT%H:%M:%SZ} INFO foreshock: test event {marker} sent by {caller.name}"
    batch = LogBatch(source, [line.encode()], service="foreshock")
    await _send(request, batch, f"test:{marker}")
    async with request.app.state.database.writing() as connection:
        said = {"marker": marker}
        await record(connection, caller, request, "sources.test", f"sources/{source}", None, said)
    look = {
        "source": f"/api/v1/sources/{quote(source, safe='')}",
        "lines": f"/api/v1/logs?{urlencode({'source': source, 'q': marker})}",
        "says": "within seconds `accepted` of the source is one higher, and the line is found",
    }
    return TestEvent(source=source, line=line, marker=marker, sent_at=now, look_for=look)


@router.get("/{name:path}", responses=answered(_ONE, 404))
async def one_source(
    request: Request,
    _caller: Annotated[Caller, Depends(permit(Permission.READ))],
    name: Name,
) -> SourceBooks:
    """The books of one source: an item for its lines, an item for its metric points."""
    state = request.app.state
    standing: Standing = await state.pipeline.standing.get()
    asked, paging = Filter().having("source", name), (len(get_args(SourceKind)), None)
    async with state.database.reading() as connection:
        found = await sources.page(connection, standing.known(), asked, datetime.now(UTC), paging)
    if not found.rows:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", f"nothing came of a source {name!r} yet")
    return SourceBooks(source=name, items=[_view(row, standing) for row in found.rows])


def nameable(name: str, where: str) -> str:
    """A source's name as it may be given. Raises Problem 422."""
    source = name.strip()
    said = ""
    if not source or len(source) > SOURCE_CHARACTERS or not source.isprintable():
        said = f"between 1 and {SOURCE_CHARACTERS} printable characters"
    elif source.startswith(SOURCE_PREFIX):
        said = f"names that begin with {SOURCE_PREFIX} are kept for made-up data"
    if said:
        errors = [{"in": where, "detail": said}]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "invalid-request", "see errors", errors=errors)
    return source


async def _send(request: Request, batch: LogBatch, part: str) -> None:
    """Raises Unavailable when the broker has not acknowledged in time."""
    state = request.app.state
    publisher = state.outlet.publisher
    found = batch_headers(batch, part, trace_in(request.scope).parent)
    try:
        async with asyncio.timeout(state.settings.api_ack_seconds):
            await (await publisher.send(batch, found))
    except TimeoutError:
        error = Unavailable("Kafka", "no acknowledgement in time")
        state.outlet.failed(publisher, error)
        raise error from None
    except Unavailable as error:
        state.outlet.failed(publisher, error)
        raise


def _view(row: SourceRow, standing: Standing) -> SourceView:
    seen = row.last_arrival
    now_ms = int(time.time() * 1000)
    return SourceView(
        source=row.source,
        kind=row.kind,
        rate_per_s=round(per_second(row.minute, row.in_minute, row.in_minute_before, now_ms), 3),
        accepted=row.accepted,
        stored=row.stored,
        deduplicated=row.deduplicated,
        dead_lettered=row.dead_lettered,
        in_flight=None if standing.tails is None else row.in_flight,
        lag_seconds=standing.lag_seconds(row.kind, row.source),
        last_seen=None if seen is None else datetime.fromtimestamp(seen / 1000, UTC),
        last_error=standing.errors.get(row.source),
        silent=row.silent,
        demo=row.source.startswith(SOURCE_PREFIX),
    )
