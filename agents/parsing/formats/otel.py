"""OpenTelemetry logs as the collector's file exporter writes them (OTLP/JSON).

One line may hold several log records; time, severity, service and host are the first one's, and
the message is the bodies, one a line.
"""

from collections.abc import Iterator
from typing import Any

from agents.parsing.formats import objects
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import otel
from schemas.severities import Severity


@log_format("otel", first="{")
def read(line: str) -> Parts | None:
    """Severity is the worst of the records."""
    if '"resourceLogs"' not in line:
        return None
    record = objects.decode(line)
    if record is None:
        return None
    resource = next(_objects(record.get("resourceLogs")), {})
    names = _attributes(objects.inner(resource, "resource"))
    entries = [
        entry
        for holder in _objects(record.get("resourceLogs"))
        for scope in _objects(holder.get("scopeLogs"))
        for entry in _objects(scope.get("logRecords"))
    ]
    if not entries:
        return None
    stamp = objects.first(entries[0], ("timeUnixNano", "observedTimeUnixNano"))
    message = "\n".join(_value(entry.get("body")) for entry in entries)
    severity = max(map(_severity, entries))
    return (
        objects.stamp(stamp),
        objects.name(names.get("host.name")),
        objects.name(names.get("service.name")),
        severity,
        message if len(message) <= len(line) else line,
    )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _attributes(resource: dict[str, Any]) -> dict[str, str]:
    return {
        objects.text(item.get("key")): _value(item.get("value"))
        for item in _objects(resource.get("attributes"))
    }


def _value(value: Any) -> str:
    """AnyValue: an object whose only key names the type."""
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    return objects.text(value)


def _severity(entry: dict[str, Any]) -> Severity:
    number = entry.get("severityNumber")
    return otel(number) if isinstance(number, int) else Severity.UNKNOWN
