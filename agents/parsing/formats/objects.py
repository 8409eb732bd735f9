"""JSON objects as log lines: decoding and looking up, for the formats that are JSON."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

NAME_LENGTH: Final = 255  # RFC 1123, 2.1: no host name is longer

_decoder = msgspec.json.Decoder()


def decode(line: str) -> dict[str, Any] | None:
    """The object that a line is; None when it is anything else, e.g. broken or too deep."""
    try:
        found = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def first(record: dict[str, Any], names: Iterable[str]) -> Any:
    """The first value that is neither absent nor null nor "", under one of the names."""
    for name in names:
        value = record.get(name)
        if value is not None and value != "":
            return value
    return None


def inner(record: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a name; an empty one when there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def text(value: Any) -> str:
    """A string as it is, anything else as JSON text, null as ""."""
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def name(value: Any) -> str | None:
    """Of a host or service: its own text, or ECS's `name` in an object."""
    if isinstance(value, dict):
        value = first(value, ("name", "hostname"))
    return value[:NAME_LENGTH] if isinstance(value, str) else None


def stamp(value: Any) -> str | float | None:
    """A time as text or number; None for true, false and objects other than MongoDB's `$date`."""
    if isinstance(value, dict):
        value = value.get("$date")
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None
