"""/api/v1/audit: who did what, when, from where; only ever added to."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from connectors.stores import audit
from schemas.audit import GRAMMAR, AuditEntry
from schemas.errors import InvalidEvent
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page, from_cursor, to_cursor
from schemas.roles import Permission

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])


@router.get(
    "", response_model=Page[AuditEntry], responses=listed(), openapi_extra=parameters(GRAMMAR)
)
async def list_audit(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(permit(Permission.READ_AUDIT))],
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Any:
    """The newest first. `who` is a user's name, `what` an action such as users.create, `noun`
    its first word.
    """
    asked, now = filter_of(request, GRAMMAR), datetime.now(UTC)

    async def fetch(count: int, after: str | None) -> Page[AuditEntry]:
        below = _place(after)
        async with request.app.state.database.reading() as connection:
            found = await audit.listed(connection, asked, now, below, count + 1)
        more = to_cursor([found[count - 1].id]) if len(found) > count else None
        return Page(items=found[:count], next_cursor=more)

    return await listing(request, response, caller, "audit", AuditEntry, fetch, limit, cursor)


def _place(cursor: str | None) -> int | None:
    """The id below which a page begins. Raises InvalidEvent."""
    if cursor is None:
        return None
    (place,) = from_cursor(cursor, 1)
    if type(place) is not int:  # true is an int, too, but none for Postgres
        raise InvalidEvent("cursor", "it belongs to another list; begin without one")
    return place
