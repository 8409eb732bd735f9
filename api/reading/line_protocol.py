"""InfluxDB line protocol: a body to lines, a line to one of Telegraf's metrics.

A field's text may hold newlines, so a newline ends a line only outside of its quotes; elsewhere
(in names and tags) a quote is a character like any other.
Source: docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from line_protocol_parser import LineFormatError, parse_line

from schemas.errors import InvalidEvent

# Names and tags up to the first bare space, then fields with whole strings. An unclosed string
# ends the match before its quote; possessive, so that no input is read twice.
_LINE: Final = re.compile(
    rb'(?>(?:[^\\\n ]|\\.)*) ?+(?>(?:[^"\n]|"(?>(?:[^"\\]|\\.)*)")*)[^\n]*+', re.DOTALL
)

_NS_PER_UNIT: Final = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
PRECISIONS: Final = tuple(_NS_PER_UNIT)


def split_points(body: bytes) -> Iterator[bytes]:
    """The lines of a body, without blank ones and comments."""
    at, end = 0, len(body)
    quoted = b'"' in body
    while at < end:
        stop = body.find(b"\n", at)
        stop = end if stop < 0 else stop
        if quoted and body.find(b'"', at, stop) >= 0:
            matched = _LINE.match(body, at)
            stop = matched.end() if matched else stop
        line = body[at:stop].strip()
        at = stop + 1
        if line and not line.startswith(b"#"):
            yield line


def parse_point(line: bytes, precision: str) -> dict[str, Any]:
    """One line as Telegraf writes it in JSON: name, tags, fields, and timestamp (Unix ns), if any.

    `precision` is one of PRECISIONS. Raises InvalidEvent("not line protocol").
    """
    try:
        found = parse_line(line.decode())
    except (LineFormatError, UnicodeDecodeError) as error:
        raise InvalidEvent("not line protocol", str(error)) from error
    item = {"name": found["measurement"], "tags": found["tags"], "fields": found["fields"]}
    if found["time"] is not None:
        item["timestamp"] = found["time"] * _NS_PER_UNIT[precision]
    return item
