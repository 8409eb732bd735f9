"""Windows as hours and minutes: every minute of a span is in one part, and none besides."""

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.stores.log_places import Place, in_one_go
from connectors.stores.windows import Span, counted


def _minutes(span: Span) -> list[int]:
    found: list[int] = []
    for unit, since, until in re.findall(
        r"(minute|hour) >= (\d+) and \w+ < (\d+)", counted(span).as_string()
    ):
        size = 60 if unit == "hour" else 1
        found += range(int(since) * size, int(until) * size)
    return sorted(found)


@given(st.integers(0, 10_000), st.integers(1, 400))
def test_each_minute_once(since: int, length: int) -> None:
    assert _minutes(Span(since, since + length)) == list(range(since, since + length))


def test_the_span_before_is_as_long_and_ends_where_this_begins() -> None:
    assert Span(100, 130).before == Span(70, 100)


def test_steps_hold_about_so_many_lines_and_one_place_at_least() -> None:
    places = [Place(9, 9, 0, n, n - 1, lines, True) for n, lines in enumerate((5, 5, 90, 1))]
    assert [in_one_go(places, rows, lines) for rows, lines in ((9, 10), (9, 3), (1, 99))] == [
        2,
        1,
        1,
    ]
    assert in_one_go(places, 9, 1_000) == 4
