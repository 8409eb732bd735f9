"""The application: its state, its routes, its errors."""

import asyncio
import importlib.metadata
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI

from api.bodies import WEIGHT_FACTOR
from api.budget import Budget
from api.database import Database
from api.decisions import Decisions
from api.hashing import Hashing
from api.histories import Histories
from api.identities import Identities
from api.intake import Intake
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
    generic,
    health,
    hosts,
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
from api.uploading import Uploading
from connectors.first_admin import ensure_first_admin, login_file
from connectors.log_reader import LogReader
from connectors.outlet import Outlet
from schemas.dashboard import Dashboard
from schemas.errors import Unavailable
from schemas.settings import Settings

_log = structlog.get_logger()

_MIB = 1024 * 1024
_DASHBOARD_SECONDS = 2.0  # however many look at it
_RETRY_SECONDS = 1.0
_NOUNS = (
    *(root, health, generic, telegraf, auth, me, users, audit, settings_routes),
    *(dashboard, analytics, hosts, alerts, alert_decisions, operations),
    *(sources, pipeline, dead_letters, uploads),
    *(patterns, logs, search),
)
_BODIES = 2  # of the largest and heaviest kind at once; of usual ones a thousand


def create_app(settings: Settings, key: str) -> FastAPI:
    """`key` lets senders in, JWT_SECRET_KEY signs. Without a lifespan it is never ready."""
    app = FastAPI(
        title="Foreshock",
        version=importlib.metadata.version("foreshock"),
        description="Logs and metrics in over HTTP.",
        openapi_url=None,  # routes/root.py gives it, with a permission like every route
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    state = app.state
    state.settings, state.key = settings, key
    state.limit = round(settings.max_body_mib * _MIB)
    state.budget = Budget(_BODIES * WEIGHT_FACTOR * state.limit)
    state.database = Database(settings)
    state.log_reader = LogReader(settings)
    state.identities = Identities(Signer(settings), state.database)
    state.hashing = Hashing()
    state.histories = Histories(settings, state.database.pool)
    state.dashboards = Shared[Dashboard](_DASHBOARD_SECONDS)
    state.pipeline = Pipeline(settings, state.database)
    state.outlet = Outlet(settings)
    state.intake = Intake(state.outlet, settings.api_ack_seconds)
    state.decisions = Decisions(settings, state.outlet, state.database)
    state.uploading = Uploading(settings, state.outlet, state.database)
    state.checks = health.Checks(settings, state.outlet)
    add_problems(app)
    app.add_middleware(Tracing)
    for noun in _NOUNS:
        app.include_router(noun.router)
    app.include_router(alert_decisions.bulk_router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connected to broker and database from first to last request; both may come and go."""
    await app.state.database.open()
    work = (app.state.outlet.run(), app.state.decisions.run(), _first_admin(app))
    tasks = [asyncio.create_task(one) for one in work]
    for running in tasks:
        running.add_done_callback(_end_the_process)
    try:
        yield
    finally:
        for running in tasks:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        app.state.hashing.close()
        await app.state.log_reader.close()
        await app.state.dashboards.close()
        await app.state.histories.close()
        await app.state.pipeline.close()
        await app.state.database.close()


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
    """What it cannot handle ended a task that we need: whoever started us starts us again."""
    if not running.cancelled() and (error := running.exception()):
        _log.critical("cannot_go_on", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
