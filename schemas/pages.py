"""Lists as the API gives them: a page of items and the cursor of the next one.

A cursor is opaque to clients. It holds the sort key of the last item, so that a page begins behind
it, whatever was added or removed meanwhile.
"""

import base64
import binascii
from typing import Final, Generic, TypeVar

import msgspec
from pydantic import BaseModel

from schemas.errors import InvalidEvent

Item = TypeVar("Item")
MAX_LIMIT: Final = 1000
DEFAULT_LIMIT: Final = 100


class Page(BaseModel, Generic[Item]):
    """`next_cursor` is None on the last page; `total` counts all that match, where it is cheap."""

    items: list[Item]
    next_cursor: str | None = None
    total: int | None = None


CursorKey = list[str | int | float | bool | None]


def to_cursor(key: CursorKey) -> str:
    """The opaque text of a sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def from_cursor(cursor: str, length: int) -> CursorKey:
    """The sort key of `length` parts that a cursor holds. Raises InvalidEvent."""
    try:
        coded = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key: CursorKey = msgspec.json.decode(coded, type=CursorKey)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidEvent("cursor", "it is none of ours; begin without one") from error
    if not all(map(_is_keepable, key)):
        raise InvalidEvent("cursor", "it is none of ours; begin without one")
    if len(key) != length:
        raise InvalidEvent("cursor", "it belongs to another list or order; begin without one")
    return key


def _is_keepable(part: str | int | float | bool | None) -> bool:
    """Whether a table may hold it: who makes cursors up may write anything."""
    if isinstance(part, int):
        return -(2**63) <= part < 2**63
    return not (isinstance(part, str) and "\x00" in part)
