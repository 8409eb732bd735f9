"""What lines say: one by one, and by the column for many at once."""

from collections.abc import Sequence
from itertools import chain
from typing import Final, NamedTuple

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


def by_column(fields: Sequence[Fields]) -> FieldColumns:
    """Columns of what was found line by line."""
    return FieldColumns(*zip(*fields, strict=True)) if fields else NOTHING


def in_order(parts: Sequence[tuple[Sequence[int], FieldColumns]]) -> FieldColumns:
    """The parts as one, each line in the place that stands beside its part."""
    if len(parts) == 1:
        return parts[0][1]
    places = [place for part, _ in parts for place in part]
    order = sorted(range(len(places)), key=places.__getitem__)
    found = []
    for columns in zip(*(part for _, part in parts), strict=True):
        joined = list(chain.from_iterable(columns))
        found.append([joined[at] for at in order])
    return FieldColumns(*found)
