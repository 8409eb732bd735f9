"""Values as they stand in a filter: what each kind of field accepts, and what it means. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from schemas.errors import InvalidEvent

_SHOWN: Final = 100  # characters of a wrong value that its error repeats
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")
_SPAN: Final = re.compile(r"-([0-9]{1,6})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(Enum):
    """What a field holds."""

    TEXT = "text"
    WORD = "word"
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"


def read_value(name: str, kind: Kind, words: Sequence[str], text: str) -> str:
    """The value in its usual spelling. Raises InvalidEvent("filter") saying what is accepted."""
    if kind is Kind.WORD or kind is Kind.FLAG:
        accepted = words or ("true", "false")
        if text.lower() not in accepted:
            raise _wrong(name, text, f"it is one of {', '.join(accepted)}")
        return text.lower()
    if kind is Kind.NUMBER and not _NUMBER.fullmatch(text):
        raise _wrong(name, text, "it is a number")
    if kind is Kind.TIME:
        to_moment(name, text, datetime(2000, 1, 1, tzinfo=UTC))
    return text


def number(text: str) -> float | int:
    """A number of a filter."""
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def flag(text: str) -> bool:
    """`true` or `false` likewise."""
    return text == "true"


def to_moment(name: str, text: str, now: datetime) -> datetime:
    """What `now`, `-24h` or RFC 3339 (without a zone: UTC) means at `now`, in UTC.

    Raises InvalidEvent("filter").
    """
    if text == "now":
        return now
    if span := _SPAN.fullmatch(text):
        return max(_EARLIEST, now - timedelta(seconds=int(span[1]) * _SECONDS[span[2]]))
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment < _EARLIEST:
        raise _wrong(name, text, "it is RFC 3339 (2026-01-31T12:00:00Z), now, or -90s, -24h, -7d")
    return moment


def _wrong(name: str, text: str, remedy: str) -> InvalidEvent:
    return InvalidEvent("filter", f"{name} cannot be {text[:_SHOWN]!r}: {remedy}")
