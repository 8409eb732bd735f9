"""Separates the lines of a record that can be text from those that cannot. Pure.

Only the bytes decide: a line is dead when it is no UTF-8 or longer than 1 MiB.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from schemas.logs import MAX_LINE_BYTES

# So many dead lines of a record have letters of their own; more would be gigabytes of them.
_ALONE: Final = 2_000
_JOINED_BYTES: Final = 256 * 1024


class DeadLine(NamedTuple):
    """Bytes for the dead letters; `place` of the line in its record, -1 for the whole record."""

    place: int
    lines: int
    value: bytes
    reason: str
    detail: str


def separate(lines: list[bytes]) -> tuple[list[str], Sequence[int], list[DeadLine]]:
    """Lines as text, their places in the record, and those that cannot be text."""
    if max(map(len, lines), default=0) <= MAX_LINE_BYTES:
        try:  # all at once: a thousand single decodings cost as much as the rest of this module
            texts = b"\n".join(lines).decode("utf-8").split("\n") if lines else []
        except UnicodeDecodeError:
            texts = []
        if len(texts) == len(lines):  # an item of JSON may hold a newline
            return texts, range(len(lines)), []
    return _one_by_one(lines)


def _one_by_one(lines: list[bytes]) -> tuple[list[str], list[int], list[DeadLine]]:
    living: list[str] = []
    places: list[int] = []
    dead: list[DeadLine] = []
    for place, line in enumerate(lines):
        if len(line) > MAX_LINE_BYTES:
            detail = f"{len(line)} bytes, more than {MAX_LINE_BYTES}"
            dead.append(DeadLine(place, 1, line, "oversized", detail))
            continue
        try:
            living.append(line.decode("utf-8"))
            places.append(place)
        except UnicodeDecodeError as error:
            dead.append(DeadLine(place, 1, line, "undecodable", str(error)[:500]))
    return living, places, dead if len(dead) <= _ALONE else _joined(dead)


def _joined(dead: list[DeadLine]) -> list[DeadLine]:
    """Undecodable lines that follow each other as one, at the place of the first."""
    found: list[DeadLine] = []
    values: list[bytes] = []
    size = 0
    for line in dead:
        joins = found and line.reason == found[-1].reason == "undecodable"
        if joins and size + len(line.value) < _JOINED_BYTES:
            found[-1] = found[-1]._replace(lines=found[-1].lines + 1)
            values.append(line.value)
            size += len(line.value) + 1
            continue
        _close(found, values)
        found.append(line)
        values, size = [line.value], len(line.value)
    _close(found, values)
    return found


def _close(found: list[DeadLine], values: list[bytes]) -> None:
    if found:
        found[-1] = found[-1]._replace(value=b"\n".join(values))
