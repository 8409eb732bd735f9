"""What a producer that knows nothing of our records put into one value, as lines.

In come the bytes of a record without a `schema` header: a JSON object, a JSON array, NDJSON or
plain text. Out go lines; what is no JSON is text, so nothing is refused here.
"""

import msgspec

from schemas.lines import split_lines

# RecursionError: msgspec's answer to nesting beyond the interpreter's depth.
_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_whole = msgspec.json.Decoder()
_items = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)


def read(value: bytes) -> list[bytes]:
    """Lines of one value: an object is one line, an array one line an item, else split as text.

    A pretty-printed object becomes one line; a string in an array stands for its text.
    """
    json = value.strip()
    try:
        if json.startswith(b"{"):
            _whole.decode(json)
            return [_one_line(json)]
        if json.startswith(b"["):
            return [_item(bytes(raw)) for raw in _items.decode(json)]
    except _NOT_JSON:
        pass
    return split_lines(value)


def _item(raw: bytes) -> bytes:
    return _text.decode(raw).encode() if raw.startswith(b'"') else _one_line(raw)


def _one_line(json: bytes) -> bytes:
    """JSON without newlines; reformatted rather than decoded, so that numbers keep their digits."""
    return msgspec.json.format(json, indent=-1) if b"\n" in json else json
