"""Where each stage and topic of the drawing stands, and the pipes between them. Pure.

Columns hold stages and, between two of them, the topics that they talk through. A stage that is
not known here gets a row of its own below, so that none is ever missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

STAGE_WIDTH: Final = 1.35  # of a column of topics
COLUMNS: Final = 9  # stages in the even ones, topics in the odd ones
PRODUCERS: Final = "producers"
_WITH_PRODUCERS: Final = ("logs.raw", "metrics.raw")


class Place(NamedTuple):
    """Column and row from 0."""

    column: int
    row: int


class Pipe(NamedTuple):
    """From the middle of one place's right edge to the middle of another's left edge."""

    start: Place
    end: Place


STAGES: Final[Mapping[str, Place]] = {
    "parse": Place(2, 0),
    "persist": Place(4, 0),
    "rate": Place(4, 1),
    "detect": Place(4, 2),
    "keep": Place(4, 3),
    "respond": Place(6, 1),
    "note": Place(6, 2),
    "chronicle": Place(8, 1),
}
TOPICS: Final[Mapping[str, Place]] = {
    "logs.raw": Place(1, 0),
    "log.entries": Place(3, 0),
    "metrics.raw": Place(1, 2),
    "signals": Place(5, 1),
    "alerts": Place(7, 1),
}
# In the order of the data, for the list on a phone.
ORDER: Final = (
    *("producers", "logs.raw", "parse", "log.entries", "persist", "rate"),
    *("metrics.raw", "detect", "keep", "signals", "respond", "note", "alerts", "chronicle"),
)


def places_of(stages: Sequence[Mapping[str, Any]]) -> dict[str, Place]:
    """Where each stage stands."""
    known = {str(one["stage"]): STAGES.get(str(one["stage"])) for one in stages}
    row = max((place.row for place in STAGES.values()), default=0)
    placed = {}
    for name, place in known.items():
        if place is None:
            row += 1
            place = Place(4, row)
        placed[name] = place
    return placed


def rows_of(places: Mapping[str, Place]) -> int:
    """How many rows the drawing has."""
    return 1 + max([place.row for place in (*places.values(), *TOPICS.values())])


def pipes_of(stages: Sequence[Mapping[str, Any]], places: Mapping[str, Place]) -> dict[str, Pipe]:
    """The pipes into each stage, by `writer>stage`."""
    pipes = {}
    for stage in stages:
        end, topic = places[str(stage["stage"])], str(stage["topic"])
        if topic in _WITH_PRODUCERS:
            pipes[f"{PRODUCERS}>{stage['stage']}"] = Pipe(Place(0, _row(topic, end)), end)
        for writer in stages:
            if topic in writer["writes"]:
                pipes[f"{writer['stage']}>{stage['stage']}"] = Pipe(
                    places[str(writer["stage"])], end
                )
    return pipes


def _row(topic: str, end: Place) -> int:
    """Producers are as high as the drawing; their pipe begins where its topic's name stands."""
    return TOPICS[topic].row if topic in TOPICS else end.row


def path_of(pipe: Pipe, rows: int) -> str:
    """As an SVG path in a box of 1000 by 1000."""
    left, right = edge(pipe.start.column, right=True), edge(pipe.end.column, right=False)
    begin, end = middle(pipe.start.row, rows), middle(pipe.end.row, rows)
    if begin == end:
        return f"M{left:.1f} {begin:.1f}H{right:.1f}"
    # It turns half way through the last column of topics: pipes of one topic run together.
    turn = right - 1000 / _total() * 0.5
    return f"M{left:.1f} {begin:.1f}H{turn:.1f}V{end:.1f}H{right:.1f}"


def edge(column: int, *, right: bool) -> float:
    """Where a column begins or ends, of 1000."""
    before = column + (1 if right else 0)
    stages = (before + 1) // 2
    return 1000 * (stages * STAGE_WIDTH + (before - stages)) / _total()


def middle(row: int, rows: int) -> float:
    """The middle of a row, of 1000."""
    return 1000 * (row + 0.5) / rows


def _total() -> float:
    stages = (COLUMNS + 1) // 2
    return stages * STAGE_WIDTH + (COLUMNS - stages)
