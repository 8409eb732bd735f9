"""Cursors: what goes in comes out, and what is none of ours is refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidEvent
from schemas.pages import CursorKey, from_cursor, to_cursor

parts = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(st.lists(parts, max_size=5))
def test_a_cursor_holds_its_key(key: CursorKey) -> None:
    assert from_cursor(to_cursor(key), len(key)) == key


WRONG = ["", "x", "!!!", "e30", "ü", to_cursor([1, 2]), to_cursor(["\x00"]), to_cursor([2**63])]


@pytest.mark.parametrize("cursor", WRONG)
def test_others_are_refused(cursor: str) -> None:
    with pytest.raises(InvalidEvent):
        from_cursor(cursor, 1)
