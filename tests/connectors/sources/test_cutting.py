"""The cutter, without I/O: no byte lost, no line torn, no record too large, whatever comes."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.cutting import CUT_TO, MAX_LINES, MAX_TEXT, Cutter, Portion, how_many
from tests.connectors.sources.support import truth

MIB = 1024 * 1024


def cut(chunks: list[bytes]) -> list[Portion]:
    cutter = Cutter()
    portions = []
    for chunk in chunks:
        cutter.feed(chunk)
        portions += cutter.portions()
    return portions + cutter.portions(end=True)


def lines(portions: list[Portion]) -> list[bytes]:
    return [line for portion in portions for line in portion.lines]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\0", b"\x0b", b"\xff", b"  at x"])),
    st.integers(1, 7),
    st.booleans(),
)
def test_any_cutting_of_the_input_gives_the_same_lines(
    pieces: list[bytes], step: int, flush: bool
) -> None:
    data = b"".join(pieces)
    cutter = Cutter()
    portions = []
    for at in range(0, len(data), step):
        cutter.feed(data[at : at + step])
        portions += cutter.portions(flush=flush)
    portions += cutter.portions(end=True)
    assert Counter(lines(portions)) == truth(data)
    assert b"".join(data[p.start : p.end] for p in portions) == data
    assert cutter.fed == len(data)


def test_a_portion_is_full_at_a_thousand_lines_or_at_192_kib() -> None:
    short = cut([b"x\n" * 2500])
    assert [len(p.lines) for p in short] == [MAX_LINES, MAX_LINES, 500]
    wide = cut([(b"y" * 999 + b"\n") * 1000])
    assert all(portion.end - portion.start <= MAX_TEXT for portion in wide)
    assert len(lines(wide)) == 1000


def test_a_line_of_up_to_two_mib_is_whole_and_a_longer_one_is_cut() -> None:
    whole, cut_short = b"w" * (2 * MIB), b"c" * (2 * MIB + 1)
    portions = cut([b"a\n" + whole + b"\n" + cut_short + b"\nb"])
    assert lines(portions) == [b"a", whole, cut_short[:CUT_TO], b"b"]
    assert [p.end for p in portions] == [2, 2 * MIB + 3, 4 * MIB + 5, 4 * MIB + 6]


def test_memory_stays_bounded_under_an_endless_line() -> None:
    cutter = Cutter()
    for _ in range(64):
        cutter.feed(b"z" * MIB)
        assert cutter.portions() == []
        assert len(cutter._buffer) <= 3 * MIB
    (portion,) = cutter.portions(end=True)
    assert (portion.start, portion.end, portion.lines) == (0, 64 * MIB, [b"z" * CUT_TO])


def test_a_portion_does_not_end_inside_a_trace() -> None:
    trace = [b"ERROR boom", *[b"\tat com.acme.Shop.buy(Shop.java:%d)" % n for n in range(30)]]
    before = [b"INFO fine"] * (MAX_LINES - 10)
    portions = cut([b"\n".join([*before, *trace, *before]) + b"\n"])
    assert portions[0].lines == before
    assert portions[1].lines[: len(trace)] == trace


def test_a_trace_without_end_is_cut_all_the_same() -> None:
    assert how_many([b"\tat x.y.Z.a(Z.java:1)"] * (MAX_LINES + 1)) == MAX_LINES


@pytest.mark.parametrize(
    ("rest", "expected"),
    [(b"\nnext\n", [b"next"]), (b"\r\nnext\n", [b"next"]), (b"tail\nnext\n", [b"tail", b"next"])],
)
def test_a_newline_that_ends_a_line_counted_before_is_no_line(
    rest: bytes, expected: list[bytes]
) -> None:
    cutter = Cutter(offset=100, mid_line=True)
    cutter.feed(rest)
    (portion,) = cutter.portions(end=True)
    assert (portion.start, portion.end) == (100, 100 + len(rest))
    assert portion.lines == expected
