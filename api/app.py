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
from api.intake import Intake
from api.problems import add_problems
from api.routes import generic, health, logs, patterns, root, search, telegraf
from api.tracing import Tracing
from connectors.log_reader import LogReader
from connectors.outlet import Outlet
from schemas.settings import Settings

_log = structlog.get_logger()

_MIB = 1024 * 1024
_BODIES = 2  # of the largest and heaviest kind at once; of usual ones a thousand


def create_app(settings: Settings, key: str) -> FastAPI:
    """`key` lets senders in. Serve it with a lifespan; without one it is never ready."""
    app = FastAPI(
        title="Foreshock",
        version=importlib.metadata.version("foreshock"),
        description="Logs and metrics in over HTTP.",
        openapi_url="/api/v1/openapi.json",
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
    state.outlet = Outlet(settings)
    state.intake = Intake(state.outlet, settings.api_ack_seconds)
    state.checks = health.Checks(settings, state.outlet)
    add_problems(app)
    app.add_middleware(Tracing)
    for noun in (root, health, generic, telegraf, patterns, logs, search):
        app.include_router(noun.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connected to broker and database from first to last request; both may come and go."""
    await app.state.database.open()
    running = asyncio.create_task(app.state.outlet.run())
    running.add_done_callback(_end_the_process)
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await app.state.log_reader.close()
        await app.state.database.close()


def _end_the_process(running: "asyncio.Task[None]") -> None:
    """What it cannot handle ended the way to the broker: whoever started us starts us again."""
    if not running.cancelled() and (error := running.exception()):
        _log.critical("cannot_go_on", exc_info=error)
        signal.raise_signal(signal.SIGTERM)
