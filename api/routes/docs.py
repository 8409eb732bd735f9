"""GET /api/v1/docs: the OpenAPI document for people, without anything from elsewhere."""

from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
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
    page = _rendered(request.app, json_url)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


@lru_cache(maxsize=4)  # anybody may ask; the document stays as it is while the process runs
def _rendered(app: FastAPI, json_url: str) -> str:
    return page_of(app.openapi(), json_url)
