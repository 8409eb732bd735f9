"""Which points no back end can keep, and why. Pure."""

import math
from typing import Final

from schemas.history import Point

_NAME_BYTES: Final = 1024
# Beyond, the sum of an hour's points could leave the range of a double.
_GREATEST: Final = 1e290
_END_MS: Final = 4_102_444_800_000  # the year 2100


def refused_value(point: Point) -> str:
    """Why the value or the time cannot be kept; "" when both can."""
    if not math.isfinite(point.value):
        return f"the value is {point.value}"
    if abs(point.value) > _GREATEST:
        return f"the value is beyond {_GREATEST:g}"
    if not 0 <= point.time_ms < _END_MS:
        return "the time is outside 1970 to 2100"
    return ""


def refused_names(host: str, metric: str) -> str:
    """Why a series of these names cannot be kept; "" when it can."""
    for what, name in (("host", host), ("metric", metric)):
        if not name:
            return f"the {what} has no name"
        if not name.isprintable() and any(_is_control(character) for character in name):
            return f"the name of the {what} holds a control character or half of one"
        if len(name.encode()) > _NAME_BYTES:
            return f"the name of the {what} is longer than {_NAME_BYTES:,} bytes"
    return ""


def _is_control(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
