"""What one worker of the API serves: settings from the environment, secrets, the application."""

from fastapi import FastAPI

from api.app import create_app
from api.secret_files import with_secrets
from connectors.instance import connected
from connectors.logging import configure
from schemas.settings import Settings, load


def process_settings() -> Settings:
    """With the broker's address and all secrets, which the log blots out from here on.

    Raises UserError.
    """
    settings = load()
    configure(settings, "api")
    if not settings.kafka_bootstrap_servers:
        settings = connected(settings)
    settings = with_secrets(settings)
    configure(settings, "api")
    return settings


def serve() -> FastAPI:
    """The application of one worker."""
    settings = process_settings()
    return create_app(settings)
