"""Hosts: all of them, one, and what it measures."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.documented import problems
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from connectors.stores import hosts as store
from schemas.hosts import GRAMMAR, METRICS_GRAMMAR, HostDetail, HostMetric, HostView
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page
from schemas.roles import Permission
from schemas.texts import Text

router = APIRouter(prefix="/api/v1/hosts", tags=["hosts"])

Reader = Annotated[Caller, Depends(permit(Permission.READ))]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[str | None, Query(max_length=10_000)]


@router.get(
    "", response_model=Page[HostView], responses=listed(), openapi_extra=parameters(GRAMMAR)
)
async def all_hosts(
    request: Request,
    response: Response,
    caller: Reader,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Any:
    """Every host that metrics, lines or open alerts tell of, the worst first.

    A host is silent when nothing of it came for 15 minutes although something had come live.
    """
    asked = filter_of(request, GRAMMAR)
    now = datetime.now(UTC)

    async def fetch(limit: int, cursor: str | None) -> Page[HostView]:
        async with request.app.state.database.reading() as connection:
            return await store.page(connection, asked, now, limit, cursor)

    return await listing(request, response, caller, "hosts", HostView, fetch, limit, cursor)


@router.get(
    "/{host:path}/metrics",
    response_model=Page[HostMetric],
    responses=listed() | problems(404),
    openapi_extra=parameters(METRICS_GRAMMAR),
)
async def host_metrics(
    request: Request,
    response: Response,
    host: Text,
    caller: Reader,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Any:
    """What a host measures, by name, with the newest values; a host without any has none."""
    asked = filter_of(request, METRICS_GRAMMAR)
    now = datetime.now(UTC)
    await _known(request, host, now)

    async def fetch(limit: int, cursor: str | None) -> Page[HostMetric]:
        async with request.app.state.database.reading() as connection:
            return await store.metrics(connection, host, asked, now, (limit, cursor))

    return await listing(request, response, caller, "metrics", HostMetric, fetch, limit, cursor)


@router.get("/{host:path}", responses=problems(404))
async def one_host(request: Request, host: Text, caller: Reader) -> HostDetail:
    """One host, its open alerts, and who tells of it."""
    return await _known(request, host, datetime.now(UTC))


async def _known(request: Request, host: str, now: datetime) -> HostDetail:
    async with request.app.state.database.reading() as connection:
        found = await store.one(connection, host, now)
    if found is None:
        detail = f"nothing tells of a host {host!r}; see /api/v1/hosts"
        raise Problem(HTTPStatus.NOT_FOUND, "no-such-host", detail)
    return found
