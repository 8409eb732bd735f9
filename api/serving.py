"""What one worker of the API serves: settings from the environment, the key, the application."""

import logging

from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from api.keys import key_of
from connectors.instance import connected
from connectors.logging import configure
from schemas.settings import Settings, load


def process_settings() -> Settings:
    """With the broker's address and the key; from here on the log blots the key out.

    Raises UserError.
    """
    settings = load()
    configure(settings, "api")
    if not settings.kafka_bootstrap_servers:
        settings = connected(settings)
    settings = settings.model_copy(update={"api_key": SecretStr(key_of(settings))})
    configure(settings, "api")
    return settings


def serve() -> FastAPI:
    """The application of one worker."""
    settings = process_settings()
    logging.getLogger("uvicorn.error").addFilter(_names_no_ticket)
    return create_app(settings, settings.api_key.get_secret_value())


def _names_no_ticket(record: logging.LogRecord) -> bool:
    """The server would log every WebSocket with its whole address."""
    return "WebSocket %s" not in str(record.msg)
