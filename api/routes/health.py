"""How this process does: /health, /readiness, /metrics."""

import asyncio
import time
from http import HTTPStatus
from ipaddress import ip_address
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from api.keys import require_key
from api.permits import Caller, permit
from connectors.embedded.disk import free_disk_fault
from connectors.outlet import Outlet
from schemas.errors import Unavailable
from schemas.roles import Permission
from schemas.settings import Settings

router = APIRouter(tags=["health"])

Anyone = Annotated[Caller, Depends(permit(Permission.PUBLIC))]

_PROBE_SECONDS: Final = 0.8  # a health page never takes longer than a second
_FRESH_SECONDS: Final = 1.0
_WELL: Final = "healthy"


class HealthReport(BaseModel):
    """`checks` says of each thing that is needed "healthy" or why it is not; `reason` sums up."""

    status: str
    checks: dict[str, str]
    reason: str


class Checks:
    """Asks at most once a second, however often it is asked."""

    def __init__(self, settings: Settings, outlet: Outlet) -> None:
        self._settings = settings
        self._outlet = outlet
        self._lock = asyncio.Lock()
        self._found: dict[str, str] = {}
        self._at = float("-inf")

    async def report(self) -> HealthReport:
        """As it is now, within a second."""
        async with self._lock:
            if time.monotonic() - self._at > _FRESH_SECONDS:
                self._found = {"broker": await self._broker(), "disk": self._disk()}
                self._at = time.monotonic()
        checks = dict(self._found)
        reason = "; ".join(found for found in checks.values() if found != _WELL)
        return HealthReport(status="degraded" if reason else _WELL, checks=checks, reason=reason)

    async def _broker(self) -> str:
        try:
            await self._outlet.publisher.probe(_PROBE_SECONDS)
        except Unavailable as error:
            return str(error)
        return _WELL

    def _disk(self) -> str:
        data = self._settings.data_dir
        if not data.exists():
            return _WELL
        return free_disk_fault(data, self._settings.disk_floor_gib) or _WELL


@router.get("/health")
async def health(request: Request, _: Anyone) -> HealthReport:
    """Whether this process lives: 200, also while something it needs is missing."""
    report: HealthReport = await request.app.state.checks.report()
    return report


@router.get("/readiness", responses={503: {"model": HealthReport}})
async def readiness(request: Request, _: Anyone) -> JSONResponse:
    """Whether a webhook would answer 202 now: 200, or 503 with the reason."""
    report: HealthReport = await request.app.state.checks.report()
    status = HTTPStatus.SERVICE_UNAVAILABLE if report.reason else HTTPStatus.OK
    return JSONResponse(report.model_dump(), status)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, _: Anyone) -> Response:
    """Prometheus text of this process; away from this machine it takes the key."""
    if not _is_loopback(request):
        require_key(request)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _is_loopback(request: Request) -> bool:
    host: Any = request.client.host if request.client else ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
