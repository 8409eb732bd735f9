"""How every one of our Kafka clients connects: one place that turns settings into options."""

import ssl
from typing import Any

from schemas.settings import Settings
from schemas.topics import Topic


def topic_name(settings: Settings, topic: Topic) -> str:
    """The topic's name on the broker, with the prefix of this installation."""
    return settings.topic_prefix + topic.name


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for any aiokafka client. OSError when a certificate is unreadable."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": settings.kafka_security_protocol,
    }
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
    """Verifies the broker; presents our certificate when one is set."""
    cafile = settings.kafka_ssl_cafile
    context = ssl.create_default_context(cafile=str(cafile) if cafile else None)
    if settings.kafka_ssl_certfile:
        context.load_cert_chain(settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile)
    return context


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
