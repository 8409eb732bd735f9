"""The journal of live updates: which topics are in it, and cursors, which say how far one read.

A cursor is a list of `topic:partition:offset:stamp`, one part a partition, joined by commas.
`offset` is that of the next record to read, `stamp` the time (Unix ms) of the record before it.
The stamp tells two lives of a topic apart: after the topic was made anew, or the broker wiped,
another record lies at the same offset.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from schemas.alerts import Alert
from schemas.errors import InvalidEvent
from schemas.patterns import Pattern, PatternAlias
from schemas.topics import ALERTS, PATTERNS, Topic

Kind = Literal["alert", "pattern", "heartbeat", "resync", "end"]
NOTHING: Final = -1  # the stamp where there is no record before the offset

_PART = re.compile(r"([A-Za-z0-9._-]{1,200}):(\d{1,9}):(\d{1,18}):(-1|\d{1,18})")
LONGEST: Final = 2_000  # characters: it travels in an address


class Journal(NamedTuple):
    """A topic whose records become events of this kind; what `shape` refuses is left out."""

    topic: Topic
    kind: Kind
    shape: TypeAdapter[Any]


# One more topic is one more line.
JOURNAL: Final = (
    Journal(ALERTS, "alert", TypeAdapter(Alert)),
    Journal(PATTERNS, "pattern", TypeAdapter(Pattern | PatternAlias)),
)


class Place(NamedTuple):
    """A partition of a topic of the journal; `topic` is the name as declared, without prefix."""

    topic: str
    partition: int


class Position(NamedTuple):
    """Between two records: the offset of the next one, the stamp of the one before."""

    offset: int
    stamp: int


Positions = Mapping[Place, Position]


def to_cursor(positions: Positions) -> str:
    """The text of the positions, in order of topic and partition."""
    return ",".join(
        f"{place.topic}:{place.partition}:{position.offset}:{position.stamp}"
        for place, position in sorted(positions.items())
    )


def from_cursor(cursor: str, places: Iterable[Place]) -> dict[Place, Position]:
    """The positions in a cursor, one for each of `places`. Raises InvalidEvent."""
    found: dict[Place, Position] = {}
    for part in cursor.split(","):
        parsed = _PART.fullmatch(part)
        if not parsed:
            raise InvalidEvent("cursor", "it is none of ours")
        place = Place(parsed[1], int(parsed[2]))
        if place in found:
            raise InvalidEvent("cursor", f"it names {place.topic}:{place.partition} twice")
        found[place] = Position(int(parsed[3]), int(parsed[4]))
    if found.keys() != set(places):
        raise InvalidEvent("cursor", "it is of another set of topics or partitions")
    return found


def loss(position: Position, start: int, end: int, stamp: int) -> str:
    """Why reading cannot go on at a position of a log [start, end); "" when it can.

    `stamp` is that of the record before the position as the log has it, NOTHING where it has none.
    """
    if position.offset > end:
        return f"the log ends at {end}, before the cursor: the topic was made anew"
    if position.offset < start:
        return f"the log begins at {start}, behind the cursor: records are gone"
    if position.offset == start or stamp == position.stamp:
        return ""
    if stamp == NOTHING:
        return "the record before the cursor is gone, and perhaps some behind it"
    return "another record stands before the cursor: the topic was made anew"


def is_valid(journal: Journal, value: bytes) -> bool:
    """Whether a record is what the topic is for; anybody may write to a topic."""
    try:
        journal.shape.validate_json(value)
    except ValidationError:
        return False
    return True
