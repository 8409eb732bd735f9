"""/api/v1/audit: who did what, when, from where; only ever added to."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.permits import Caller, permit
from api.problems import documented
from connectors.stores import audit
from connectors.stores.audit import Question
from schemas.audit import AuditEntry
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page, from_cursor, to_cursor
from schemas.roles import Permission

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

Word = Annotated[str, Query(max_length=200)]


@router.get("", responses=documented(401, 403))
async def list_audit(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(permit(Permission.READ_AUDIT))],
    who: Word = "",
    what: Word = "",
    object_: Annotated[str, Query(alias="object", max_length=200)] = "",
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[AuditEntry]:
    """The newest first. `who` is a user's name, `what` an action or its noun (`users`), `object`
    a path or its beginning.
    """
    question = Question(who, what, object_, since, until)

    async def fetch(count: int, after: str | None) -> Page[AuditEntry]:
        below = audit_place(after)
        async with request.app.state.database.reading() as connection:
            found = await audit.listed(connection, question, below, count + 1)
        more = to_cursor([found[count - 1].id]) if len(found) > count else None
        return Page(items=found[:count], next_cursor=more)

    return await fetch(limit, cursor)


def audit_place(cursor: str | None) -> int | None:
    """The id below which a page begins. Raises InvalidEvent."""
    return int(str(from_cursor(cursor, 1)[0])) if cursor else None
