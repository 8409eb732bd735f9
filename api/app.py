"""The application: its state, its routes, its errors."""

import asyncio
import importlib.metadata
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api.bodies import WEIGHT_FACTOR
from api.bounds import Bounds
from api.budget import Budget
from api.checks import Checks
from api.clients import Clients
from api.csv import Exports
from api.database import Database
from api.decisions import Decisions
from api.documented import Documented
from api.gateway import Gateway
from api.hashing import Hashing
from api.histories import Histories
from api.idempotency import add_idempotency
from api.identities import Identities
from api.intake import Intake
from api.keyring import Keyring
from api.limits import Limits
from api.live.seats import Seats
from api.live.tickets import refusal
from api.pipeline import Pipeline
from api.problems import add_problems
from api.routes import (
    alert_decisions,
    alerts,
    analytics,
    audit,
    auth,
    dashboard,
    dead_letters,
    docs,
    generic,
    health,
    hosts,
    keys,
    live,
    logs,
    me,
    operations,
    patterns,
    pipeline,
    root,
    search,
    sources,
    telegraf,
    uploads,
    users,
)
from api.routes import settings as settings_routes
from api.sharing import Shared
from api.tokens import Signer
from api.tracing import Tracing
from api.unreadable import add_unreadable
from api.uploading import Uploading
from connectors.first_admin import ensure_first_admin, login_file
from connectors.journal.tail import Tail
from connectors.log_reader import LogReader
from connectors.outlet import Outlet
from schemas.dashboard import Dashboard
from schemas.errors import Unavailable
from schemas.roles import Permission
from schemas.settings import Settings

_log = structlog.get_logger()

_NOUNS: Final = (
    *(root, health, docs, generic, telegraf),
    *(auth, me, users, keys, audit, settings_routes),
    *(dashboard, analytics, hosts, alerts, alert_decisions, operations),
    *(patterns, logs, search, sources, pipeline, dead_letters, uploads, live),
)
_MIB: Final = 1024 * 1024
_BODIES: Final = 2  # of the largest and heaviest kind at once; of usual ones a thousand
_LOG_EXPORTS: Final = 2  # all searches share one reader
_DASHBOARD_SECONDS: Final = 2.0  # however many look at it
_RETRY_SECONDS: Final = 1.0
_BROKER_SECONDS: Final = 3.0  # a broker that answers is there with the first request
_SHOWN_TO_PAGES: Final = (
    *("ETag", "Link", "Location", "Retry-After", "Idempotency-Replayed", "traceparent"),
    *("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining"),
    "RateLimit-Reset",
)


def create_app(settings: Settings) -> FastAPI:
    """With every secret in the settings. Without a lifespan it is never ready."""
    app = Documented(
        title="Foreshock",
        version=importlib.metadata.version("foreshock"),
        description="Logs and metrics in over HTTP.",
        openapi_url=None,  # routes/root.py gives it, with a permission like every route
        docs_url=None,
        redoc_url=None,
        root_path=settings.api_base_path,
        lifespan=_lifespan,
    )
    state = app.state
    state.settings = settings
    state.limit = round(settings.max_body_mib * _MIB)
    state.budget = Budget(_BODIES * WEIGHT_FACTOR * state.limit)
    state.database = Database(settings)
    state.log_reader = LogReader(settings)
    state.log_exports = Exports("logs", _LOG_EXPORTS)
    state.identities = Identities(Signer(settings), state.database)
    state.hashing = Hashing()
    state.keyring = Keyring(state.database, settings.api_key_secret.get_secret_value())
    state.limits = Limits(settings)
    state.histories = Histories(settings, state.database.pool)
    state.dashboards = Shared[Dashboard](_DASHBOARD_SECONDS)
    state.pipeline = Pipeline(settings, state.database)
    state.outlet = Outlet(settings)
    state.intake = Intake(state.outlet, settings.api_ack_seconds)
    state.decisions = Decisions(settings, state.outlet, state.database)
    state.uploading = Uploading(settings, state.outlet, state.database)
    probes = health.probes_of(settings, state.database, state.outlet, state.limits)
    state.checks = Checks(probes)
    state.tail = Tail(settings)
    state.seats = Seats(state.tail, lambda caller: refusal(state, caller, Permission.READ))
    add_problems(app)
    add_unreadable(app)
    _add_gateway(app, settings)
    for noun in _NOUNS:
        app.include_router(noun.router)
    app.include_router(alert_decisions.bulk_router)
    return app


def _add_gateway(app: FastAPI, settings: Settings) -> None:
    """What surrounds the routes; what is added last stands outermost."""
    add_idempotency(app)
    app.add_middleware(Bounds, most=settings.api_max_requests, seconds=settings.api_request_seconds)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_credentials=settings.cors_allow_credentials,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=_SHOWN_TO_PAGES,
        )
    ui_secret = settings.ui_service_secret.get_secret_value()
    app.add_middleware(Gateway, clients=Clients(settings.trusted_proxies, ui_secret))
    app.add_middleware(Tracing)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connected to broker and stores from first to last request; all of them may come and go."""
    state = app.state
    await state.database.open()
    await state.limits.open()
    works = {name: getattr(state, name).run() for name in ("outlet", "decisions", "tail", "seats")}
    tasks = [asyncio.create_task(work, name=name) for name, work in works.items()]
    for running in tasks:
        running.add_done_callback(_end_the_process)
    tasks.append(asyncio.create_task(_first_admin(app), name="first_admin"))
    tasks[-1].add_done_callback(_fail_the_process)
    await state.outlet.first_try(_BROKER_SECONDS)
    try:
        yield
    finally:
        for running in tasks:
            running.remove_done_callback(_end_the_process)
            running.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        state.hashing.close()
        await state.log_reader.close()
        await state.dashboards.close()
        await state.histories.close()
        await state.pipeline.close()
        await state.keyring.close()
        await state.limits.close()
        await state.database.close()


async def _first_admin(app: FastAPI) -> None:
    """As soon as Postgres answers and has its tables. Raises UserError."""
    while True:
        try:
            async with app.state.database.writing() as connection:
                made = await ensure_first_admin(connection, app.state.settings)
        except Unavailable as error:
            _log.info("first_admin_waits", reason=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            if made:
                _log.info("first_admin_made", file=str(login_file(app.state.settings.data_dir)))
            return


def _end_the_process(running: "asyncio.Task[None]") -> None:
    """A task that we need is over, however it ended: whoever started us starts us again."""
    error = None if running.cancelled() else running.exception()
    _log.critical("cannot_go_on", task=running.get_name(), exc_info=error)
    signal.raise_signal(signal.SIGTERM)


def _fail_the_process(running: "asyncio.Task[None]") -> None:
    """The same for a task that may end well."""
    if not running.cancelled() and running.exception():
        _end_the_process(running)
