"""Charts and spans of time: they fit, gaps stay open, and extreme values do no harm."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from connectors.cli.charts import Frame, chart, short, sparkline
from connectors.cli.durations import duration_ms, spoken, step_for

FRAME = Frame(0, 100, 10)
EMPTY = "\u2800"
VALUES = st.floats(-1e290, 1e290, allow_nan=False)


@given(
    st.dictionaries(st.integers(0, 99), VALUES, min_size=1), st.integers(1, 80), st.integers(1, 20)
)
def test_a_chart_has_the_size_that_was_asked_for(
    points: dict[int, float], width: int, height: int
) -> None:
    times = sorted(points)
    lines = chart(times, [points[time] for time in times], FRAME, width, height)
    assert [len(line) for line in lines] == [width] * height
    assert any(character != EMPTY for line in lines for character in line)


@given(st.dictionaries(st.integers(-20, 120), VALUES))
def test_a_sparkline_has_a_character_a_step(points: dict[int, float]) -> None:
    times = sorted(points)
    line = sparkline(times, [points[time] for time in times], FRAME)
    assert len(line) == (10 if points else 0)


def test_a_line_rises_from_the_lower_left() -> None:
    times = list(range(0, 100, 10))
    lines = chart(times, [float(time) for time in times], FRAME, 10, 5)
    assert lines[0][0] == lines[-1][-1] == EMPTY
    assert lines[-1][0] != EMPTY
    assert lines[0][-1] != EMPTY
    assert sparkline(times, [float(time) for time in times], FRAME) == "▁▂▃▃▄▅▆▆▇█"


def test_a_gap_stays_open() -> None:
    times = [0, 10, 20, 80, 90]
    [line] = chart(times, [1.0] * 5, FRAME, 10, 1)
    assert [n for n, character in enumerate(line) if character == EMPTY] == [3, 4, 5, 6, 7]
    assert sparkline(times, [1.0] * 5, FRAME) == "▅▅▅     ▅▅"


def test_what_comes_less_often_than_the_step_is_joined_all_the_same() -> None:
    [line] = chart([0, 40, 80], [1.0] * 3, FRAME, 10, 1)
    assert EMPTY not in line[:8]


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (97.3123, "97.31"), (5.2e9, "5.2G"), (-1234.0, "-1.234k"), (1e-9, "1.00e-09"),
     (1e290, "1.00e+290"), (999.0, "999"), (2.5e13, "25T")],
)  # fmt: skip
def test_numbers_are_short(value: float, said: str) -> None:
    assert short(value) == said


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("90s", 90_000), ("30m", 1_800_000), ("6h", 21_600_000), ("2d", 172_800_000),
     ("1w", 604_800_000)],
)  # fmt: skip
def test_spans_are_read_and_said(text: str, milliseconds: int) -> None:
    assert duration_ms(text) == milliseconds
    assert duration_ms(spoken(milliseconds)) == milliseconds


@pytest.mark.parametrize("text", ["", "6", "h", "0h", "-1h", "1.5h", "6 hours", "9999999d", "٣h"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a span"):
        duration_ms(text)


@given(st.integers(1, 10**12), st.integers(1, 500))
def test_a_step_divides_a_span_into_few_enough_parts(span: int, count: int) -> None:
    step = step_for(span, count)
    assert span <= step * count
    assert step >= 1_000
