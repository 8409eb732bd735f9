"""Metric items to points in our names and units; what holds text only may be a log line."""

from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.errors import InvalidEvent
from schemas.metric_names import canonical, unit_of
from schemas.metrics import MetricBatch
from schemas.strange_points import read_items

_ABOUT = frozenset({"timestamp", "@timestamp", "time", "ts", "host", "hostname", "source", "tags"})
# What Telegraf's inputs for logs (syslog, tail, docker_log, win_eventlog, ...) call it.
_MESSAGES = ("message", "value", "Message")
_HOSTS = ("hostname", "host")
_SERVICES = ("appname", "service", "container_name", "unit")
_SEVERITIES = ("severity", "level", "stream_severity")

_encoder = msgspec.json.Encoder()


def add_points(points: MetricBatch, item: Mapping[str, Any]) -> None:
    """Append the points of one item; its host is `points.source` where it names none.

    Raises InvalidEvent when there is no number to keep, or its time is none.
    """
    found = read_items([item], points.source)
    for dead in found.dead:
        raise InvalidEvent(dead.reason, dead.detail)
    points.host.extend(found.host)
    points.metric.extend(found.metric)
    points.time_ms.extend(found.time_ms)
    points.value.extend(found.value)


def is_flat_metric(item: Mapping[str, Any]) -> bool:
    """{"host": ..., "timestamp": ..., "cpu_usage": 93.5}: numbers alone, one of which we know."""
    said = {name: value for name, value in item.items() if name not in _ABOUT}
    return (
        bool(said)
        and all(type(value) in (int, float) for value in said.values())
        and any(unit_of(canonical(name).name) for name in said)
    )


def log_line(item: Mapping[str, Any]) -> bytes | None:
    """The log line that one of Telegraf's metrics carries, as JSON; None when it carries none."""
    fields, tags = item.get("fields"), item.get("tags")
    if not isinstance(fields, dict) or not isinstance(tags, dict):
        return None
    message = next((fields[name] for name in _MESSAGES if isinstance(fields.get(name), str)), None)
    if message is None:
        return None
    said = {
        "timestamp": item.get("timestamp"),
        "host": _first(tags, _HOSTS),
        "service": _first(tags, _SERVICES) or item.get("name"),
        "severity": _first(tags, _SEVERITIES),
        "message": message,
    }
    return _encoder.encode({name: value for name, value in said.items() if value is not None})


def _first(tags: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((tags[name] for name in names if tags.get(name)), None)
