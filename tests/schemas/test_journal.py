"""Cursors and what they are compared with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidEvent
from schemas.journal import (
    JOURNAL,
    LONGEST,
    NOTHING,
    Place,
    Position,
    from_cursor,
    is_valid,
    loss,
    to_cursor,
)

POSITIONS = st.builds(
    Position,
    st.integers(0, 10**15),
    st.integers(NOTHING, 10**15),
)
PLACES = st.builds(Place, st.from_regex(r"[a-z][a-z.]{0,20}", fullmatch=True), st.integers(0, 99))


@given(st.dictionaries(PLACES, POSITIONS, min_size=1, max_size=20))
def test_a_cursor_holds_positions(positions: dict[Place, Position]) -> None:
    cursor = to_cursor(positions)
    assert from_cursor(cursor, positions) == positions
    assert len(cursor) < LONGEST


@given(st.text(max_size=100))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        found = from_cursor(text, [Place("alerts", 0)])
    except InvalidEvent:
        return
    assert list(found) == [Place("alerts", 0)]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "alerts:0:5",
        "alerts:0:5:-2",
        "alerts:0:5:6,",
        "alerts:0:5:6,alerts:0:5:6",
        "alerts:1:5:6",
        "alerts:0:5:6,patterns:0:1:1",
    ],
)
def test_a_cursor_of_something_else_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidEvent):
        from_cursor(cursor, [Place("alerts", 0)])


@pytest.mark.parametrize(
    ("position", "log", "word"),
    [
        (Position(5, 100), (0, 9, 100), ""),
        (Position(9, 100), (0, 9, 100), ""),
        (Position(5, 100), (5, 9, NOTHING), ""),
        (Position(0, NOTHING), (0, 0, NOTHING), ""),
        (Position(5, NOTHING), (0, 9, NOTHING), ""),
        (Position(5, 100), (0, 4, NOTHING), "made anew"),
        (Position(5, 100), (0, 9, 101), "made anew"),
        (Position(5, 100), (6, 9, NOTHING), "gone"),
        (Position(5, 100), (0, 9, NOTHING), "gone"),
    ],
)
def test_reading_goes_on_where_the_log_is_the_same(
    position: Position, log: tuple[int, int, int], word: str
) -> None:
    why = loss(position, *log)
    assert word in why
    assert bool(why) == bool(word)


def test_every_topic_of_the_journal_knows_what_it_is_for() -> None:
    assert {journal.topic.name: journal.kind for journal in JOURNAL} == {
        "alerts": "alert",
        "patterns": "pattern",
    }
    assert not any(is_valid(journal, b"{}") for journal in JOURNAL)
