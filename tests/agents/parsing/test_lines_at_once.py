"""Lines that are read at once are read as one by one, whatever stands between them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.parsing.fields import by_column
from agents.parsing.formats.layout import Layout
from agents.parsing.formats.registry import Format, formats
from agents.parsing.lines import LineParser
from tests.agents.parsing.specimens import ARRIVAL, SPECIMENS

LINES = [specimen.line for specimen in SPECIMENS]
USUAL = [(known, layout) for known in formats() for layout in known.usual]
ODD = ["", " ", "\r", "\x00", "\x0b", "\x1c", "\x85", "\u2028", "\ud800", "\x1b[31m", "٣", "\n"]

cut = st.sampled_from(LINES).flatmap(
    lambda line: st.integers(0, len(line)).map(lambda end: line[:end])
)
odd = st.tuples(cut, st.sampled_from(ODD), st.text(max_size=5)).map("".join)
spoilt = st.tuples(st.sampled_from(LINES), st.sampled_from(ODD), st.integers(0, 80)).map(
    lambda parts: parts[0][: parts[2]] + parts[1] + parts[0][parts[2] :]
)
line = st.one_of(st.sampled_from(LINES), cut, odd, spoilt, st.text(max_size=20))


@settings(max_examples=400)
@given(st.lists(line, max_size=30), st.sampled_from(["", "s"]))
@example(LINES, "")
@example([], "")
@example(["", ""], "")
@example(LINES * 2 + ["two\nlines"], "s")
@example([text + end for text in LINES for end in ODD], "s")
def test_at_once_as_one_by_one(lines: list[str], service: str) -> None:
    one, many = (LineParser(host="h", service=service) for _ in range(2))
    expected = [one.parse(text, ARRIVAL) for text in lines]
    assert many.parse_many(lines, ARRIVAL) == expected
    assert [list(column) for column in many.parse_columns(lines, ARRIVAL)] == [
        list(column) for column in by_column(expected)
    ]


@pytest.mark.parametrize(
    ("known", "layout"), USUAL, ids=lambda part: getattr(part, "name", "layout")
)
@settings(max_examples=300)
@given(lines=st.lists(line.filter(lambda text: "\n" not in text), min_size=1, max_size=60))
@example(lines=LINES)
@example(lines=[text + end for text in LINES for end in ODD if end != "\n"])
def test_a_format_reads_its_usual_layouts_as_they_say(
    known: Format, layout: Layout, lines: list[str]
) -> None:
    for text, *header, message in zip(lines, *layout.columns(lines), strict=True):
        assert (header[0] is not None) == (layout.match(text) is not None)
        if header[0]:
            assert known.read(text) == (*header, message)


def test_usual_layouts_are_met() -> None:
    met = {id(layout) for _, layout in USUAL for text in LINES if layout.match(text)}
    assert met == {id(layout) for _, layout in USUAL}
