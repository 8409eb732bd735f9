"""What lines say: one by one, and by the column for many at once."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

from agents.parsing.times import TimeOrigin
from schemas.severities import Severity


class Fields(NamedTuple):
    """What a line says; `time_ms` is Unix time in ms (UTC), names are "" where unknown."""

    time_ms: int
    time_origin: TimeOrigin
    host: str
    service: str
    severity: Severity
    message: str
    format: str


class FieldColumns(NamedTuple):
    """The same of many lines, in columns of equal length."""

    time_ms: Sequence[int]
    time_origin: Sequence[TimeOrigin]
    host: Sequence[str]
    service: Sequence[str]
    severity: Sequence[Severity]
    message: Sequence[str]
    format: Sequence[str]


NOTHING: Final = FieldColumns((), (), (), (), (), (), ())


def by_column(fields: Collection[Fields]) -> FieldColumns:
    """Columns of what was found line by line."""
    return FieldColumns(*zip(*fields, strict=True)) if fields else NOTHING


def overlaid(
    columns: FieldColumns, parts: Iterable[tuple[Iterable[int], FieldColumns]]
) -> FieldColumns:
    """The columns with the values of each part in the places that stand beside it."""
    whole: list[list[Any]] = [list(column) for column in columns]
    for places, part in parts:
        places = list(places)
        for column, values in zip(whole, part, strict=True):
            for place, value in zip(places, values, strict=True):
                column[place] = value
    return FieldColumns._make(whole)
