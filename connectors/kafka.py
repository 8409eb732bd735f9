"""How every one of our Kafka clients connects: one place that turns settings into options."""

import ssl
from typing import Any

from schemas.errors import UserError
from schemas.settings import Settings
from schemas.topics import Topic


def topic_name(settings: Settings, topic: Topic) -> str:
    """The topic's name on the broker, with the prefix of this installation."""
    return settings.topic_prefix + topic.name


def servers(settings: Settings) -> list[str]:
    """host:port of each server to ask first; empty: the embedded broker, not started yet."""
    return [part.strip() for part in settings.kafka_bootstrap_servers.split(",") if part.strip()]


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for any aiokafka client. UserError when a certificate cannot be used."""
    return {
        "bootstrap_servers": servers(settings),
        "client_id": settings.service_name,
        **security_options(settings),
    }


def security_options(settings: Settings) -> dict[str, Any]:
    """How to encrypt and who to be. UserError when a certificate cannot be used."""
    options: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_security_protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = ssl_context(settings)
    return options


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """Verifies the broker and its name; presents our certificate when one is set.

    Without KAFKA_SSL_CAFILE the authorities of this machine count. Raises UserError.
    """
    cafile, certfile = settings.kafka_ssl_cafile, settings.kafka_ssl_certfile
    try:
        context = ssl.create_default_context(cafile=str(cafile) if cafile else None)
    except OSError as error:  # ssl.SSLError is one, too
        raise UserError(
            f"KAFKA_SSL_CAFILE: {cafile}: {_said(error)}",
            "name a readable file with the authority of the broker's certificate, in PEM",
            exit_code=2,
        ) from error
    if certfile:
        try:
            # A key with a password would be asked for on the terminal, where nobody may be.
            context.load_cert_chain(certfile, settings.kafka_ssl_keyfile, password=lambda: "")
        except OSError as error:
            raise UserError(
                f"KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE: {certfile}: {_said(error)}",
                "name our certificate and the key that belongs to it, in PEM, without a password",
                exit_code=2,
            ) from error
    return context


def _said(error: OSError) -> str:
    return (error.reason if isinstance(error, ssl.SSLError) else error.strerror) or str(error)


def producer_options(settings: Settings) -> dict[str, Any]:
    """For an idempotent aiokafka producer of batches."""
    return client_options(settings) | {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "lz4",
        "linger_ms": 5,
        "max_batch_size": 262_144,
        "max_request_size": 4 * 1024 * 1024,
    }
