"""Telegraf's body: JSON (one metric, or a batch) or line protocol, whatever its header says.

Telegraf calls everything text/plain, so the first byte decides. One bad metric costs itself alone:
Telegraf would send a refused batch again for ever.
"""

from typing import Any, Final

import msgspec

from api.reading.items import NOT_JSON, json_items, mended, ndjson_items
from api.reading.line_protocol import parse_point, split_points
from api.reading.points import add_points, log_line
from api.reading.reading import Reading
from schemas.errors import InvalidEvent
from schemas.logs import MAX_LINE_BYTES

_JSON: Final = (b"{", b"[")

_object = msgspec.json.Decoder(dict[str, Any])


def read_telegraf(body: bytes, source: str, precision: str = "ns") -> Reading:
    """`source` is the host of metrics that name none; `precision` is that of line protocol.

    Raises InvalidEvent when the body as a whole is unusable.
    """
    reading = Reading.of(source)
    json = body.lstrip()[:1] in _JSON
    for item in _json_items(body) if json else split_points(body):
        reading.items += 1
        try:
            _take(reading, _decoded(item) if json else parse_point(item, precision))
        except InvalidEvent as error:
            reading.refuse(error, item)
    return reading


def _json_items(body: bytes) -> list[bytes]:
    body = mended(body)
    found = json_items(body)
    return ndjson_items(body) if found is None else found


def _decoded(item: bytes) -> dict[str, Any]:
    try:
        return _object.decode(item)
    except NOT_JSON as error:
        raise InvalidEvent("not json", str(error)) from error


def _take(reading: Reading, item: dict[str, Any]) -> None:
    line = log_line(item)
    if line is None:
        add_points(reading.points, item)
    elif len(line) > MAX_LINE_BYTES:
        raise InvalidEvent("oversized", f"{len(line)} bytes, more than {MAX_LINE_BYTES}")
    else:
        reading.lines.append(line)
