"""The generic webhook's body: JSON or text, lines and metrics as they come.

An item is a line unless its shape says metric: Telegraf's {name, fields}, or a name with a number
as `value`; whatever has a message is a line.
"""

from collections.abc import Iterable
from itertools import repeat
from typing import Final

import msgspec

from api.reading.items import NOT_JSON, as_text, json_items, mended, ndjson_items
from api.reading.points import add_points, is_flat_metric, log_line
from api.reading.reading import Reading
from schemas.errors import InvalidEvent
from schemas.lines import split_lines
from schemas.logs import MAX_LINE_BYTES

_NOTHING: Final = msgspec.Raw(b"")
_NUMBER: Final = frozenset(b"-0123456789")


class _Shape(msgspec.Struct):
    name: msgspec.Raw = _NOTHING
    metric: msgspec.Raw = _NOTHING
    fields: msgspec.Raw = _NOTHING
    value: msgspec.Raw = _NOTHING
    message: msgspec.Raw = _NOTHING
    msg: msgspec.Raw = _NOTHING
    log: msgspec.Raw = _NOTHING


_shape = msgspec.json.Decoder(_Shape)
_all_shapes = msgspec.json.Decoder(list[_Shape])
_object = msgspec.json.Decoder(dict[str, object])


def read_generic(body: bytes, source: str, *, declared_json: bool) -> Reading:
    """`source` is the host of metrics that name none.

    `declared_json`: the sender says that it is JSON, so what is none is bad; else it is text.
    Raises InvalidEvent when the body as a whole is unusable.
    """
    reading = Reading.of(source)
    shapes: Iterable[_Shape | None]
    if json_like := body.lstrip()[:1] in (b"{", b"["):
        body = mended(body)
    items = json_items(body) if json_like else None
    json = declared_json or items is not None
    if items is not None:
        shapes = _shapes(items)
    else:
        items = ndjson_items(body) if declared_json else split_lines(body)
        shapes = map(_shape_of, items) if json_like else repeat(None)
    ascii_only = body.isascii()
    for item, shape in zip(items, shapes, strict=False):  # `repeat` has no end
        reading.items += 1
        try:
            _take(reading, item, shape, json=json, ascii_only=ascii_only)
        except InvalidEvent as error:
            reading.refuse(error, item)
    return reading


def _shapes(items: list[bytes]) -> Iterable[_Shape | None]:
    """Of JSON values: all at once, as nearly always all are objects; else one by one, None for
    what is none.
    """
    try:
        return _all_shapes.decode(b"[" + b",".join(items) + b"]")
    except NOT_JSON:
        return map(_shape_of, items)


def _take(
    reading: Reading, item: bytes, shape: _Shape | None, *, json: bool, ascii_only: bool
) -> None:
    if shape is not None:
        if not _has_message(shape) and _add_metric(reading, shape, item):
            return
    elif json:
        if item[:1] == b"{":
            raise InvalidEvent("not json", "the line is no JSON object")
        if item[:1] != b'"':
            raise InvalidEvent("not an item", "neither an object nor a string")
        item = _text_of(item)
        ascii_only = item.isascii()
    if len(item) > MAX_LINE_BYTES:
        raise InvalidEvent("oversized", f"{len(item)} bytes, more than {MAX_LINE_BYTES}")
    if not ascii_only:
        _refuse_what_is_no_text(item)
    reading.lines.append(item)


def _shape_of(item: bytes) -> _Shape | None:
    try:
        return _shape.decode(item)
    except NOT_JSON:
        return None


def _decoded(item: bytes) -> dict[str, object]:
    try:
        return _object.decode(item)
    except NOT_JSON as error:
        raise InvalidEvent("not json", str(error)) from error


def _text_of(item: bytes) -> bytes:
    try:
        return as_text(item)
    except NOT_JSON as error:
        raise InvalidEvent("not json", str(error)) from error


def _has_message(shape: _Shape) -> bool:
    return not (shape.message is shape.msg is shape.log is _NOTHING)


def _add_metric(reading: Reading, shape: _Shape, item: bytes) -> bool:
    """False when the item is no metric."""
    if _is_named_metric(shape):
        decoded = _decoded(item)
        if (line := log_line(decoded)) is not None:
            reading.lines.append(line)
        else:
            add_points(reading.points, decoded)
        return True
    try:
        decoded = _object.decode(item)
    except NOT_JSON:
        return False
    if not is_flat_metric(decoded):
        return False
    add_points(reading.points, decoded)
    return True


def _is_named_metric(shape: _Shape) -> bool:
    name = bytes(shape.metric) or bytes(shape.name)
    if not name.startswith(b'"'):
        return False
    value = bytes(shape.value)
    return bytes(shape.fields).startswith(b"{") or (bool(value) and value[0] in _NUMBER)


def _refuse_what_is_no_text(item: bytes) -> None:
    try:
        item.decode()
    except UnicodeDecodeError as error:
        raise InvalidEvent("undecodable", f"not UTF-8 at byte {error.start}") from error
