"""The application: Dash on FastAPI, behind the middleware that knows who looks."""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import dash
import httpx
import structlog
from dash import Dash, set_props
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from schemas.errors import ForeshockError
from schemas.settings import Settings
from ui import exports, health, login, passing
from ui.client import Renewals, http_client
from ui.cookies import jar_of
from ui.live import Upstreams
from ui.navigation import collisions, entries
from ui.policy import content_policy
from ui.problems import SessionEnded
from ui.session import Gate, Sessions
from ui.shell.layout import layout
from ui.shell.wiring import wire

_HERE: Final = Path(__file__).parent
_SHELL: Final = ("router", "account", "finding", "inbox", "pushing")
_INDEX: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Foreshock</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<script src="/assets/theme.js"></script>
<script src="/assets/action.js"></script>
{%css%}
</head>
<body>
{%app_entry%}
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>
"""

_log = structlog.get_logger("ui")


def create_app(settings: Settings, api_url: str, ws_url: str, secret: str) -> ASGIApp:
    """Everything that one process serves; call it once a process, as Dash's registry is global.

    `secret` is what the API knows the UI by, "" where there is none. Raises ValueError when two
    pages claim the same path or key.
    """
    http = http_client(api_url, secret)
    jar, live = jar_of(api_url, secret), Upstreams(ws_url)
    gate = Gate(http, Renewals(http), jar, live, settings.ui_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await warm_up(server)
        gate.policy = content_policy(app.csp_hashes())
        async with http:
            yield

    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app = create_dash(server, settings)
    server.include_router(login.routes(gate, settings.data_dir))
    server.include_router(health.routes(gate))
    server.include_router(exports.routes())
    server.include_router(passing.routes())
    return GZipMiddleware(Sessions(server, gate), minimum_size=1024, compresslevel=5)


async def warm_up(server: FastAPI) -> None:
    """Dash sets itself up with its first request: too late for a page, whose scripts it lists.

    Raises RuntimeError when it cannot.
    """
    transport = httpx.ASGITransport(server)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as own:
        answer = await own.get("/_dash-dependencies")
    if answer.status_code != 200:
        raise RuntimeError(f"Dash cannot set itself up: {answer.text[:500]}")


def create_dash(server: FastAPI, settings: Settings) -> Dash:
    """Dash with every page that is there, and in the server's state what recipes are told."""
    server.state.told = (settings.public_api_url, settings.ui_url)
    app = Dash(
        "foreshock",
        server=server,  # type: ignore[arg-type]  # it takes FastAPI, and does not say so
        use_pages=True,
        pages_folder="",
        assets_folder=str(_HERE / "assets"),
        assets_ignore=r"(theme|action|login)\.js",
        index_string=_INDEX,
        title="Foreshock",
        update_title="",
        suppress_callback_exceptions=True,
        on_error=say_what_failed,
    )
    for name in _SHELL:
        importlib.import_module(f"ui.shell.{name}")
    import_pages(development=settings.environment == "development")
    wire()
    menu = entries(dash.page_registry, analytics=settings.ui_analytics)
    if faults := collisions(menu):
        raise ValueError("; ".join(faults))
    app.layout = layout(menu)
    return app


def import_pages(*, development: bool) -> None:
    """Each module of ui/pages registers itself; those that begin with `_` only in development."""
    for module in pkgutil.iter_modules([str(_HERE / "pages")]):
        if development or not module.name.startswith("_"):
            page = importlib.import_module(f"ui.pages.{module.name}")
            if page.__name__ in dash.page_registry:
                dash.page_registry[page.__name__]["layout"] = page.layout


def say_what_failed(error: Exception) -> Any:
    """What a callback raised, in words at the corner of the page; who is signed out leaves."""
    if isinstance(error, SessionEnded):
        set_props("session-ended", {"data": 1})
    elif isinstance(error, ForeshockError):
        set_props("toast", {"data": {"words": str(error), "tone": "error"}})
    else:
        _log.error("callback_failed", exc_info=error)
        words = "This did not work: an error of ours, which is in the log of the workspace."
        set_props("toast", {"data": {"words": words, "tone": "error"}})
