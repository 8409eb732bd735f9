"""GET /: where everything is; and the OpenAPI document."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from api.permits import Caller, permit
from schemas.roles import Permission

router = APIRouter()

_LINKS = {
    "openapi": "/api/v1/openapi.json",
    "docs": "/api/v1/docs",
    "login": "/api/v1/auth/login",
    "webhooks": ["/webhooks/generic", "/webhooks/telegraf"],
    "health": "/health",
    "readiness": "/readiness",
    "metrics": "/metrics",
}


@router.get("/", include_in_schema=False)
async def root(_: Annotated[Caller, Depends(permit(Permission.PUBLIC))]) -> dict[str, object]:
    """Links, for people and programs that come by."""
    return {"name": "foreshock", "links": _LINKS}


@router.get("/api/v1/openapi.json", include_in_schema=False)
async def document(
    request: Request, _: Annotated[Caller, Depends(permit(Permission.PUBLIC))]
) -> dict[str, Any]:
    """The OpenAPI document; its addresses are those below the base path."""
    found: dict[str, Any] = request.app.openapi()
    base = request.scope.get("root_path", "")
    return {**found, "servers": [{"url": base}]} if base else found
