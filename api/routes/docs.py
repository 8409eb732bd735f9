"""GET /api/v1/docs: the OpenAPI document for people, without anything from elsewhere."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.document import POLICY, page_of

router = APIRouter()


@router.get("/api/v1/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """What there is, with an example for each body."""
    json_url = f"{request.scope.get('root_path', '')}{request.app.openapi_url}"
    page = page_of(request.app.openapi(), json_url)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
