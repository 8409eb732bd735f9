"""Stretches of time and their steps."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidEvent
from schemas.windows import Window, starts, step_for, values_of, window_of

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def test_a_window_is_given_by_hours_or_by_its_ends() -> None:
    assert window_of(NOW) == (NOW - timedelta(hours=24), NOW)
    assert window_of(NOW, 0.5) == (NOW - timedelta(minutes=30), NOW)
    assert window_of(NOW, None, "-2h", "-1h") == (
        NOW - timedelta(hours=2),
        NOW - timedelta(hours=1),
    )
    late = window_of(NOW, None, None, "2026-03-01T10:00:00Z")
    assert late == (datetime(2026, 2, 28, 10, tzinfo=UTC), datetime(2026, 3, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("hours", "since", "until"),
    [
        (1, "-2h", None),
        (None, "now", "now"),
        (None, "-1h", "-2h"),
        (None, "1980-01-01T00:00:00Z", None),
        (None, "soon", None),
    ],
)
def test_wrong_windows_are_refused(
    hours: float | None, since: str | None, until: str | None
) -> None:
    with pytest.raises(InvalidEvent):
        window_of(NOW, hours, since, until)


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 400 * 86_400_000), st.integers(2, 3_000))
def test_a_step_gives_no_more_values_than_asked(begin: int, length: int, most: int) -> None:
    since = datetime.fromtimestamp(begin / 1000, UTC)
    window = Window(since, since + timedelta(milliseconds=length))
    step = step_for(window, most)
    assert 1 <= values_of(window, step) <= most
    found = starts(window, step)
    assert len(found) == values_of(window, step)
    assert found[0] <= window.since
    assert found[-1] < window.until <= found[-1] + timedelta(seconds=step)


def test_usual_stretches_have_usual_steps() -> None:
    found = [step_for(window_of(NOW, hours), 2_000) for hours in (0.5, 1, 24, 24 * 7, 24 * 90)]
    assert found == [1, 2, 60, 600, 7_200]
