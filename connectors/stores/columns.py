"""Rows as Postgres takes them: columns for `unnest`, JSON documents, and texts without NUL."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

Row = tuple[Any, ...]


def columns(rows: Iterable[Row]) -> list[list[Any]]:
    """Rows of equal length as columns, one parameter each. There is one row at least."""
    return [list(column) for column in zip(*rows, strict=True)]


def storable(rows: Iterable[Row]) -> Iterable[Row]:
    """Postgres keeps no NUL in text; it becomes its picture (U+2400)."""
    return (tuple(map(_without_nul, row)) for row in rows)


def document(model: BaseModel) -> str:
    """A published record as JSON text that Postgres takes."""
    text = model.model_dump_json()
    return json.dumps(_without_nul(json.loads(text))) if "\\u0000" in text else text


def json_text(value: Any) -> str:
    """A part of a record likewise."""
    return json.dumps(_without_nul(value))


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "\u2400")
    if isinstance(value, Mapping):
        return {_without_nul(name): _without_nul(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    return value
