"""What one worker of the API serves: settings from the environment, the keys, the application."""

from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from api.keys import key_of
from api.tokens import signing_key_of
from connectors.instance import connected
from connectors.logging import configure
from schemas.settings import Settings, load


def process_settings() -> Settings:
    """With the broker's address and both keys; from here on the log blots the keys out.

    Raises UserError.
    """
    settings = load()
    configure(settings, "api")
    if not settings.kafka_bootstrap_servers:
        settings = connected(settings)
    keys = {"api_key": key_of(settings), "jwt_secret_key": signing_key_of(settings)}
    settings = settings.model_copy(update={name: SecretStr(key) for name, key in keys.items()})
    configure(settings, "api")
    return settings


def serve() -> FastAPI:
    """The application of one worker."""
    settings = process_settings()
    return create_app(settings, settings.api_key.get_secret_value())
