"""One JSON object a line, by whatever logger.

Time, level, host, service and message go by many names (bunyan, pino, zap, logrus, structlog,
Serilog, ECS, GELF, Rust's tracing, ...); they are looked up at the top and in the usual wrappings.
"""

from typing import Any, Final

from agents.parsing.formats import objects
from agents.parsing.formats.patterns import ANYTHING
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
_WRAPPINGS: Final = ("fields", "@fields", "log", "data", "record")


@log_format("json", rank=Rank.LOOSE, first="{", wraps=ANYTHING)
def read(line: str) -> Parts | None:
    """Without a message under any known name the whole line is the message."""
    record = objects.decode(line)
    if record is None:
        return None
    inside = [record, *(objects.inner(record, name) for name in _WRAPPINGS)]
    stamp = objects.stamp(_look(inside, _TIMES))
    host = objects.name(_look(inside, _HOSTS))
    service = objects.name(_look(inside, _SERVICES))
    message = objects.text(_message(inside))
    if not message or len(message) > len(line):
        message = line
    return stamp, host, service, _level(record, inside), message


def _look(inside: list[dict[str, Any]], names: tuple[str, ...]) -> Any:
    for record in inside:
        found = objects.first(record, names) if record else None
        if found is not None:
            return found
    return None


def _message(inside: list[dict[str, Any]]) -> Any:
    """A text anywhere goes before an object at the top: ECS has an object `log`."""
    for record in inside:
        for name in _MESSAGES:
            found = record.get(name)
            if isinstance(found, str) and found:
                return found
    return None


def _level(record: dict[str, Any], inside: list[dict[str, Any]]) -> str | Severity | None:
    level = _look(inside, _LEVELS)
    if isinstance(level, str):
        return _of_number(record, int(level)) if level.isdecimal() and len(level) < 3 else level
    if isinstance(level, int | float):
        return _of_number(record, level)
    return None


def _of_number(record: dict[str, Any], level: float) -> Severity:
    """10 to 60 is bunyan's scale; 0 to 7 syslog's, if the line is GELF or says `severity`."""
    if level >= 10:
        return bunyan(level)
    if 0 <= level <= 7 and ("short_message" in record or "severity" in record):
        return SYSLOG[int(level)]
    return Severity.UNKNOWN
