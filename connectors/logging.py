"""How every one of our processes writes its own log: one event a line, on stderr.

JSON by default, plain text with LOG_FORMAT=console. Lines of libraries (aiokafka, faust) take
the same way. The values of secret settings, and whatever looks like a producer's key, are blotted
out of the finished line, tracebacks included.
"""

import importlib.metadata
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from schemas.keys import BLOT, without_keys
from schemas.settings import SECRETS, Settings

# They write a line whenever a partition is looked at, which a live feed does every few seconds.
_CHATTY: Final = ("aiokafka.consumer.subscription_state",)


def configure(settings: Settings, process: str) -> None:
    """Route structlog and the standard library's logging to stderr, as `settings` ask.

    `process` names this process in every line, e.g. "connectors". May be called again.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _labelled(
            process=process,
            service=settings.service_name,
            version=settings.service_version or importlib.metadata.version("foreshock"),
            environment=settings.environment,
        ),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_last_steps(settings.log_format),
                _without(secrets_of(settings)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def secrets_of(settings: Settings) -> list[str]:
    """Every text that must not be logged: secret settings, and the passwords inside URLs."""
    found: list[str] = []
    for field in SECRETS:
        value = getattr(settings, field)
        secret = value.get_secret_value() if isinstance(value, SecretStr) else ""
        password = urlsplit(secret).password if "://" in secret else None
        found += [secret, *([password, unquote(password)] if password else [])]
    return sorted({secret for secret in found if secret}, key=len, reverse=True)


def _labelled(**labels: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        for name, label in labels.items():
            event.setdefault(name, label)
        return event

    return add


def _last_steps(log_format: str) -> list[Processor]:
    if log_format == "console":
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
    ]


def _without(secrets: list[str]) -> Callable[[WrappedLogger, str, Mapping[str, Any] | str], str]:
    def blot(_logger: WrappedLogger, _method: str, rendered: Mapping[str, Any] | str) -> str:
        line = str(rendered)
        for secret in secrets:
            line = line.replace(secret, BLOT)
        return without_keys(line)

    return blot
