"""GET /: where everything is."""

from fastapi import APIRouter

router = APIRouter()

_LINKS = {
    "openapi": "/api/v1/openapi.json",
    "docs": "/api/v1/docs",
    "webhooks": ["/webhooks/generic", "/webhooks/telegraf"],
    "health": "/health",
    "readiness": "/readiness",
    "metrics": "/metrics",
}


@router.get("/", include_in_schema=False)
async def root() -> dict[str, object]:
    """Links, for people and programs that come by."""
    return {"name": "foreshock", "links": _LINKS}
