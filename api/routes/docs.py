"""GET /api/v1/docs: the OpenAPI document for people, without anything from elsewhere."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.document import POLICY, page_of
from api.permits import Caller, permit
from schemas.roles import Permission

router = APIRouter()


@router.get("/api/v1/docs", include_in_schema=False)
async def docs(
    request: Request, _: Annotated[Caller, Depends(permit(Permission.PUBLIC))]
) -> HTMLResponse:
    """What there is, with an example for each body."""
    json_url = f"{request.scope.get('root_path', '')}/api/v1/openapi.json"
    page = page_of(request.app.openapi(), json_url)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
