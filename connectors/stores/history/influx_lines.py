"""Points as InfluxDB's line protocol, and what its refusals mean. Pure.

The measurement is `system_metrics`, the tag `host`, the field is the metric. Rules of escaping:
https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
"""

import re
from typing import Final

from connectors.stores.history.admission import refused_names, refused_value
from schemas.history import Point

MEASUREMENT: Final = "system_metrics"
_ESCAPED = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
# The protocol has no escape for a backslash: before these it would hide what follows.
_UNWRITABLE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[,= ]|$)")
_DROPPED = re.compile(r"\bdropped=(\d+)")


def refused(point: Point) -> str:
    """Why InfluxDB cannot keep a point; "" when it can."""
    if refusal := refused_names(point.host, point.metric) or refused_value(point):
        return refusal
    for what, name in (("host", point.host), ("metric", point.metric)):
        if "\\" in name and _UNWRITABLE.search(name):
            return (
                f"in the name of the {what} a backslash stands before a comma, a space, an equals"
                " sign or the end, which InfluxDB cannot keep"
            )
    return ""


def line(point: Point) -> str:
    """One line for one point; its time is in ms."""
    host, metric = point.host.translate(_ESCAPED), point.metric.translate(_ESCAPED)
    return f"{MEASUREMENT},host={host} {metric}={float(point.value)!r} {point.time_ms}"


def quoted(name: str) -> str:
    """A name as a literal in the predicate of a deletion."""
    return '"' + name.replace("\\", r"\\").replace('"', r"\"") + '"'


def dropped(message: str) -> int | None:
    """How many points of a partial write were dropped; None when nothing was written at all."""
    found = _DROPPED.search(message) if "partial write" in message else None
    return int(found[1]) if found else None
