"""What one worker of the API serves: settings from the environment, the keys, the application."""

import logging
import multiprocessing
import os
import signal
import threading
from pathlib import Path

from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from api.keys import kept_secret, key_of
from api.tokens import signing_key_of
from connectors.instance import connected, key_secret_file, ui_secret_file
from connectors.logging import configure
from schemas.settings import Settings, environment_name, load


def process_settings() -> Settings:
    """With the broker's address and all keys; from here on the log blots the keys out.

    Raises UserError.
    """
    settings = load()
    configure(settings, "api")
    if not settings.kafka_bootstrap_servers:
        settings = connected(settings)
    keys = {"api_key": key_of(settings), "jwt_secret_key": signing_key_of(settings)}
    keys |= _kept(settings, "api_key_secret", key_secret_file(settings.data_dir))
    keys |= _kept(settings, "ui_service_secret", ui_secret_file(settings.data_dir))
    settings = settings.model_copy(update={name: SecretStr(key) for name, key in keys.items()})
    configure(settings, "api")
    return settings


def _kept(settings: Settings, field: str, file: Path) -> dict[str, str]:
    """The secret of a field, from its file where it is not set."""
    secret: str = getattr(settings, field).get_secret_value()
    return {field: secret or kept_secret(file, environment_name(field))}


def serve() -> FastAPI:
    """The application of one worker."""
    end_with_parent()
    settings = process_settings()
    logging.getLogger("uvicorn.error").addFilter(_names_no_ticket)
    return create_app(settings)


def end_with_parent() -> None:
    """From now on a worker is killed when the process that started it is gone, however that ended:
    nobody else would end it, and it would hold the port. Nothing where there is no other process.
    """
    if parent := multiprocessing.parent_process():

        def wait() -> None:
            parent.join()
            os.kill(os.getpid(), signal.SIGKILL)

        threading.Thread(target=wait, name="parent", daemon=True).start()


def _names_no_ticket(record: logging.LogRecord) -> bool:
    """The server would log every WebSocket with its whole address."""
    return "WebSocket %s" not in str(record.msg)
