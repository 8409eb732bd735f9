"""How this process does: /health, /readiness, /metrics."""

import asyncio
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.checks import Checks, Probe
from api.clients import client_in
from api.database import Database
from api.keys import INSTANCE_KEY, find_key, unauthorized
from api.limits import Limits
from api.permits import Caller, is_known, permit
from connectors import probing
from connectors.outlet import Outlet
from schemas.health import POSTGRES, CheckDetail, HealthReport, report_of
from schemas.roles import Permission
from schemas.settings import Settings

router = APIRouter(tags=["health"])

Anyone = Annotated[Caller, Depends(permit(Permission.PUBLIC))]

_SECONDS = 0.7


def probes_of(
    settings: Settings, database: Database, outlet: Outlet, limits: Limits
) -> Mapping[str, Probe]:
    """What this installation needs, by name."""

    async def broker() -> None:
        await outlet.publisher.probe(_SECONDS)

    found: dict[str, Probe] = {POSTGRES: partial(probing.ask_postgres, database.reserved)}
    found["broker"] = broker
    if limits.wants_redis:
        found["redis"] = limits.probe
    if settings.influxdb_enabled and settings.influxdb_url:
        found["influxdb"] = partial(probing.ask_influxdb, settings)
    found["disk"] = partial(probing.ask_disk, settings)
    return found


@router.get("/healthz", include_in_schema=False, response_model_exclude_none=True)
@router.get("/health", response_model_exclude_none=True)
async def health(request: Request, _: Anyone) -> HealthReport:
    """Whether this process lives: 200, also while something it needs is missing.

    With a key or a token it says why, and how long each answer took.
    """
    return await _report(request)


@router.get("/readyz", include_in_schema=False, response_model_exclude_none=True)
@router.get(
    "/readiness", response_model_exclude_none=True, responses={503: {"model": HealthReport}}
)
async def readiness(request: Request, response: Response, _: Anyone) -> HealthReport:
    """Whether it is of use: 503 without Postgres, 200 otherwise, `degraded` when something is down.

    Without the broker webhooks answer 503 by themselves.
    """
    report = await _report(request)
    if report.status == "unhealthy":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return report


async def _report(request: Request) -> HealthReport:
    checks: Checks = request.app.state.checks
    found, known = await asyncio.gather(checks.findings(), _known_soon(request))
    details = {
        name: CheckDetail(reason=one.fault, latency_ms=one.latency_ms)
        for name, one in found.items()
    }
    return report_of(details, known=known)


async def _known_soon(request: Request) -> bool:
    """Who cannot be known in time is told as little as a stranger."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await is_known(request)
    except TimeoutError:
        return False


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, _: Anyone) -> Response:
    """Prometheus text of this process; away from this machine it takes the instance's key."""
    if not client_in(request.scope).local and await find_key(request) != INSTANCE_KEY:
        raise await unauthorized(request)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
