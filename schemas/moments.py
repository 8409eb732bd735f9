"""Moments as strangers write them -> Unix ms (UTC): numbers by magnitude, text as ISO 8601."""

import math
from datetime import UTC, datetime
from typing import Final

_NUMBER_DIGITS: Final = 9  # 20240102 is a day


def from_number(value: float) -> int | None:
    """Unix time in s, ms, µs or ns, told apart by magnitude (seconds up to the year 5138).

    None when it is no time: not positive, not finite, or beyond what nanoseconds reach.
    """
    if not 0 < value < 1e20:  # also false for NaN
        return None
    for unit, limit in ((1000.0, 1e11), (1.0, 1e14), (1e-3, 1e17)):
        if value < limit:
            return int(value * unit)
    return int(value) // 1_000_000


def from_text(text: str) -> int | None:
    """ISO 8601, without a zone taken as UTC; or a number in quotes. None when it is neither."""
    # As ISO 8601 without separators, nine digits or more are a date and a time that nobody means.
    if len(text) >= _NUMBER_DIGITS and text.isascii() and text.isdigit():
        return from_number(float(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return from_number(_number(text))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return math.floor(moment.timestamp() * 1000)


def read_moment(value: object) -> int | None:
    """What a JSON value says of a time; None when it says none."""
    if isinstance(value, str):
        return from_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return from_number(value)
    return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
