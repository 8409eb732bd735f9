"""GET /search: hosts, services, patterns and alerts by a part of their name."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from api import examples
from api.documented import answered
from api.permits import Caller, permit
from connectors.stores import searches
from schemas.headers import NUL_PICTURE
from schemas.roles import Permission
from schemas.searches import Hits

router = APIRouter(prefix="/api/v1", tags=["search"])


@router.get("/search", responses=answered(examples.FOUND))
async def search(
    request: Request,
    _: Annotated[Caller, Depends(permit(Permission.READ))],
    q: Annotated[str, Query(min_length=1, max_length=200, examples=["web-1"])],
) -> Hits:
    """At most eight of each kind: names that hold the text, titles with words that begin so, ids.

    In any case of letters.
    """
    async with request.app.state.database.reading() as connection:
        return await searches.search(connection, q.replace("\x00", NUL_PICTURE))
