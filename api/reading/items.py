"""The items of a JSON body, each with its own bytes: one object, an array, NDJSON, a batch."""

import re
from typing import Final

import msgspec

from schemas.errors import InvalidEvent
from schemas.lines import split_lines

# RecursionError: msgspec's answer to nesting beyond the interpreter's depth.
NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# An escaped backslash, a pair of surrogates, or half of one.
_SURROGATES: Final = re.compile(
    rb"\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(\\u[dD][89a-fA-F][\da-fA-F]{2})"
)

_NOTHING: Final = msgspec.Raw(b"")


class _Batch(msgspec.Struct):
    metrics: msgspec.Raw = _NOTHING
    message: msgspec.Raw = _NOTHING


_whole = msgspec.json.Decoder(msgspec.Raw)  # checks, and builds nothing
_array = msgspec.json.Decoder(list[msgspec.Raw])
_batch = msgspec.json.Decoder(_Batch)
_text = msgspec.json.Decoder(str)


def mended(body: bytes) -> bytes:
    """JSON with each half of a surrogate pair replaced by U+FFFD: senders that cut a text in the
    middle of an emoji write such halves, for which the whole body would be malformed.
    """
    if b"\\" not in body or (b"\\ud" not in body and b"\\uD" not in body):
        return body
    return _SURROGATES.sub(lambda found: b"\\ufffd" if found[1] else found[0], body)


def is_json(body: bytes) -> bool:
    """Whether all of the bytes are one JSON value."""
    try:
        _whole.decode(body)
    except NOT_JSON:
        return False
    return True


def json_items(body: bytes) -> list[bytes] | None:
    """The items of a body that is JSON as a whole; None when it is none.

    An object is one item, an array one an element, {"metrics": [...]} one a metric. An item is on
    one line, its bytes otherwise as they came; a string stands for its text.
    """
    json = body.strip()
    try:
        if json.startswith(b"["):
            return _elements(json)
        if json.startswith(b"{"):
            batch = _batch.decode(json)
            metrics = bytes(batch.metrics)
            if metrics.startswith(b"[") and not bytes(batch.message):
                return _elements(metrics)
            return [_one_line(json)]
    except NOT_JSON:
        pass
    return None


def ndjson_items(body: bytes) -> list[bytes]:
    """The lines of a body that says it is JSON, without blank ones.

    Raises InvalidEvent("not json") when not even the first is JSON: then nothing of it is.
    """
    lines = [line for line in split_lines(body) if line.strip()]
    if lines and not is_json(lines[0]):
        raise InvalidEvent("not json", _complaint(lines[0] if len(lines) > 1 else body))
    return lines


def as_text(item: bytes) -> bytes:
    """The text of a JSON string."""
    return _text.decode(item).encode()


def _elements(array: bytes) -> list[bytes]:
    found = list(map(bytes, _array.decode(array)))
    return list(map(_one_line, found)) if b"\n" in array else found


def _one_line(json: bytes) -> bytes:
    """Reformatted rather than decoded, so that numbers keep their digits."""
    return msgspec.json.format(json, indent=-1) if b"\n" in json else json


def _complaint(json: bytes) -> str:
    try:
        _whole.decode(json)
    except NOT_JSON as error:
        return str(error)
    return ""
