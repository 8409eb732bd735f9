"""GET /api/v1/alerts: what is wrong and what was, one alert, its timeline, what led to it."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.documented import problems
from api.listing import filter_of, link_next, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from api.versions import set_etag
from connectors.stores import alert_lists, changes
from connectors.stores.postgres import Connection
from schemas.alert_lists import ALERT_LIST, AlertFacets, AlertRow, as_row
from schemas.alerts import Alert
from schemas.changes import Changes
from schemas.commands import MAX_NAME
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page, from_cursor, to_cursor
from schemas.roles import Permission
from schemas.texts import Kept

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])

Reader = Annotated[Caller, Depends(permit(Permission.READ))]
AlertId = Annotated[Kept, Path(min_length=1, max_length=MAX_NAME)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


@router.get("", responses=listed(), openapi_extra=parameters(ALERT_LIST))
async def list_alerts(
    request: Request,
    response: Response,
    caller: Reader,
    limit: Limit = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[AlertRow]:
    """Alerts, open ones before closed, the worst and then the youngest first.

    `state` is as people see it: acknowledged and suppressed alerts do not count as firing. `from`
    and `to` take alerts that were going on at some time between them. The first page has `total`.
    """
    asked, now = filter_of(request, ALERT_LIST), datetime.now(UTC)

    async def fetch(limit: int, cursor: str | None) -> Page[AlertRow]:
        async with request.app.state.database.reading() as connection:
            found = await alert_lists.page(connection, asked, now, limit, cursor)
        rows = [as_row(alert) for alert in found.items]
        return Page(items=rows, next_cursor=found.next_cursor, total=found.total)

    answer: Any = await listing(request, response, caller, "alerts", AlertRow, fetch, limit, cursor)
    return answer  # type: ignore[no-any-return]


@router.get("/facets", responses=problems(), openapi_extra=parameters(ALERT_LIST))
async def facets(request: Request, _caller: Reader) -> AlertFacets:
    """How many alerts there are of each value, for the filter of the list."""
    asked = filter_of(request, ALERT_LIST)
    async with request.app.state.database.reading() as connection:
        return await alert_lists.facets(connection, asked, datetime.now(UTC))


@router.get("/{alert_id}", responses=problems(404))
async def one(request: Request, response: Response, alert_id: AlertId, _caller: Reader) -> AlertRow:
    """An alert as it is now; its version is the ETag."""
    async with request.app.state.database.reading() as connection:
        alert = await found(connection, alert_id)
    set_etag(response, alert.version)
    return as_row(alert)


@router.get("/{alert_id}/history", responses=problems(404))
async def history(
    request: Request,
    response: Response,
    alert_id: AlertId,
    _caller: Reader,
    limit: Limit = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[AlertRow]:
    """Every version, the newest first; `change` says who or what made it, and what was said."""
    before = from_cursor(cursor, 1)[0] if cursor else 2**31 - 1
    if type(before) is not int:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "the cursor is not ours")
    async with request.app.state.database.reading() as connection:
        total = (await found(connection, alert_id)).version
        versions = await alert_lists.history(connection, alert_id, limit + 1, before)
    rows = [as_row(alert) for alert in versions[:limit]]
    following = to_cursor([rows[-1].version]) if len(versions) > limit else None
    page: Page[AlertRow] = Page(items=rows, next_cursor=following, total=total)
    link_next(request, response, page)
    return page


@router.get("/{alert_id}/changes", responses=problems(404))
async def changed_before(request: Request, alert_id: AlertId, _caller: Reader) -> Changes:
    """What changed in the same place in the 30 minutes before it began."""
    async with request.app.state.database.reading() as connection:
        return await changes.before(connection, await found(connection, alert_id))


async def found(connection: Connection, alert_id: str) -> Alert:
    """The newest version. Raises Problem 404."""
    alert = (await alert_lists.by_ids(connection, [alert_id])).get(alert_id)
    if alert is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", f"there is no alert {alert_id[:100]!r}")
    return alert
