"""The workspace's own health: `GET /api/health`."""

from fastapi import APIRouter

from schemas.errors import Unavailable
from ui.client import ask
from ui.session import Gate


def routes(gate: Gate) -> APIRouter:
    """200 while it serves; the API's absence makes it `degraded`."""
    router = APIRouter()

    @router.get("/api/health", include_in_schema=False)
    async def health() -> dict[str, object]:
        """Of this process; whether the API answers stands in `checks`."""
        try:
            status, _ = await ask(gate.http, "GET", "/health")
        except Unavailable as error:
            return {"status": "degraded", "checks": {"api": str(error)}}
        reason = "ok" if status == 200 else f"its health page answers {status}"
        return {"status": "ok" if status == 200 else "degraded", "checks": {"api": reason}}

    return router
