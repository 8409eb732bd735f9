"""What one worker of the workspace serves: settings from the environment, the application."""

import json
import multiprocessing
import os
import signal
import threading
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from starlette.types import ASGIApp

from schemas.errors import UserError
from schemas.settings import Settings, load
from ui.app import create_app
from ui.logging import configure
from ui.origin import is_loopback


def process_settings() -> Settings:
    """Raises UserError."""
    settings = load()
    configure(settings)
    return settings


def serve() -> ASGIApp:
    """The application of one worker."""
    end_with_parent()
    settings = process_settings()
    api = api_url(settings)
    return create_app(settings, api, ws_url(settings, api), secret_of(settings))


def end_with_parent() -> None:
    """From now on a worker is killed when the process that started it is gone, however that ended:
    nobody else would end it, and it would hold the port. Nothing where there is no other process.
    """
    if parent := multiprocessing.parent_process():

        def wait() -> None:
            parent.join()
            os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=wait, name="parent", daemon=True).start()


def api_url(settings: Settings) -> str:
    """Where the API is: UI_API_URL, else where its settings put it, on this machine.

    Raises UserError when nothing says it.
    """
    if settings.ui_api_url:
        return settings.ui_api_url.rstrip("/")
    port = settings.api_port or _remembered(settings.data_dir, "api")
    if not port:
        remedy = "set UI_API_URL, or API_PORT, or start it by `foreshock up`"
        raise UserError("the workspace does not know where the API is", remedy)
    host = settings.api_host
    everywhere = host in ("0.0.0.0", "::", "")  # noqa: S104 - it is compared, not opened
    plain = "127.0.0.1" if everywhere or (is_loopback(host) and ":" not in host) else host
    return f"http://[{plain}]:{port}" if ":" in plain else f"http://{plain}:{port}"


def ws_url(settings: Settings, api: str) -> str:
    """Where live updates come from: UI_WS_URL, else the API."""
    if settings.ui_ws_url:
        return settings.ui_ws_url.rstrip("/")
    parts = urlsplit(api)
    return urlunsplit(parts._replace(scheme="wss" if parts.scheme == "https" else "ws"))


def secret_of(settings: Settings) -> str:
    """By which the API knows us; "" where there is none, and then it sees our address alone.

    Raises UserError when its file cannot be read.
    """
    if secret := settings.ui_service_secret.get_secret_value():
        return secret
    file = settings.data_dir / "ui.secret"
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: {error}", "set UI_SERVICE_SECRET, or make it readable") from error


def _remembered(data_dir: Path, name: str) -> int:
    """The port that an instance in this directory has chosen; 0 where there is none."""
    try:
        known = json.loads((data_dir / "ports.json").read_text(encoding="utf-8"))
        return int(known.get(name, 0))
    except (OSError, ValueError, AttributeError):
        return 0
