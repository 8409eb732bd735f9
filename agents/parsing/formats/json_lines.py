"""One JSON object a line, by whatever logger.

Time, level, host, service and message go by many names (bunyan, pino, zap, logrus, structlog,
Serilog, ECS, GELF, Rust's tracing, ...); they are looked up at the top and in the usual wrappings.
"""

from functools import lru_cache
from typing import Any, Final

from agents.parsing.formats import objects
from agents.parsing.formats.patterns import DATED
from agents.parsing.formats.registry import Parts, Rank, log_format
from agents.parsing.severities import SYSLOG, bunyan
from schemas.severities import Severity

_TIMES: Final = (
    "@timestamp", "timestamp", "time", "ts", "@t", "t", "datetime", "date", "asctime", "eventTime",
    "event_time", "Timestamp", "TimeGenerated", "timeMillis", "EdgeStartTimestamp", "StartUTC",
    "requestReceivedTimestamp", "log_time", "created_at", "created", "instant",
)  # fmt: skip
_MESSAGES: Final = (
    "message", "msg", "log", "event", "@m", "@mt", "short_message", "body", "text", "Message",
    "MESSAGE", "error", "errorMessage",
)  # fmt: skip
_LEVELS: Final = (
    "level", "severity", "levelname", "log.level", "lvl", "loglevel", "log_level", "@l",
    "severityText", "severity_text", "Level", "LogLevel", "level_name", "s",
)  # fmt: skip
_HOSTS: Final = ("host", "hostname", "host.name", "_HOSTNAME", "node", "computer", "machine")
_SERVICES: Final = (
    "service", "service.name", "app", "application", "program", "appname", "app_name", "component",
    "SYSLOG_IDENTIFIER", "name", "logger", "logger_name", "log.logger", "target", "c",
)  # fmt: skip
_ROLES: Final = (_TIMES, _HOSTS, _SERVICES, _LEVELS, _MESSAGES)
_PLANNED_KEYS: Final = 64
_WRAPPINGS: Final = ("fields", "@fields", "log", "data", "record")


@log_format("json", rank=Rank.LOOSE, first="{", wraps=DATED)
def read(line: str) -> Parts | None:
    """Without a message under any known name the whole line is the message."""
    record = objects.decode(line)
    if record is None:
        return None
    # Not for huge objects: the keys are kept.
    keys = tuple(record) if len(record) <= _PLANNED_KEYS else ()
    stamp, host, service, level, message = map(record.get, _plan(keys))
    if not (stamp and level and message and isinstance(message, str)):
        stamp, host, service, level, message = _searched(record)
    if not message or len(message) > len(line):
        message = line
    return (
        objects.stamp(stamp),
        objects.name(host),
        objects.name(service),
        _level(record, level),
        message,
    )


@lru_cache(maxsize=1024)
def _plan(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The key of each role, "" where there is none; a logger's lines mostly have the same keys."""
    return tuple(next((name for name in names if name in keys), "") for names in _ROLES)


def _searched(record: dict[str, Any]) -> tuple[Any, Any, Any, Any, str]:
    """The same where a value is empty, of another type, or in a wrapping."""
    inside = [record, *filter(None, (objects.inner(record, name) for name in _WRAPPINGS))]
    stamp, host, service, level = (_look(inside, names) for names in _ROLES[:-1])
    return stamp, host, service, level, _message(inside)


def _look(inside: list[dict[str, Any]], names: tuple[str, ...]) -> Any:
    for record in inside:
        found = objects.first(record, names)
        if found is not None:
            return found
    return None


def _message(inside: list[dict[str, Any]]) -> str:
    """Only texts: ECS has objects under `log`, `event` and `error`."""
    for record in inside:
        for name in _MESSAGES:
            found = record.get(name)
            if isinstance(found, str) and found:
                return found
    return ""


def _level(record: dict[str, Any], level: Any) -> str | Severity | None:
    if isinstance(level, str):
        return _of_number(record, int(level)) if level.isdecimal() and len(level) < 3 else level
    return _of_number(record, level) if isinstance(level, int | float) else None


def _of_number(record: dict[str, Any], level: float) -> Severity:
    """10 to 60 is bunyan's scale; 0 to 7 syslog's, if the line is GELF or says `severity`."""
    if level >= 10:
        return bunyan(level)
    if 0 <= level <= 7 and ("short_message" in record or "severity" in record):
        return SYSLOG[int(level)]
    return Severity.UNKNOWN
