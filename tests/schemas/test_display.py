"""What is shown holds nothing that acts, and no text is longer than it may be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.display import CUT_MARK, LIMIT_BYTES, cut, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, ünïcode, 日本語", "plain, ünïcode, 日本語"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\tc\x00\x7f\x9b", "a\\x0ab\\x09c\\x00\\x7f\\x9b"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("\u2066x\u2069\u200f\u061c", "\\u2066x\\u2069\\u200f\\u061c"),
        ("pay\u200bpal\ufeff", "pay\\u200bpal\\ufeff"),
        ("half \ud800", "half \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩‍👧", "👩‍👧"),
    ],
)
def test_what_acts_becomes_visible(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(st.text(st.characters()))
def test_nothing_that_acts_is_left(text: str) -> None:
    made = shown(text)
    made.encode()
    allowed = {"\u200c", "\u200d"}
    acting = [c for c in made if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    turning = [c for c in made if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLE", "LRE")]
    assert not [c for c in acting + turning if c not in allowed]


@given(st.text(st.characters(), max_size=30), st.integers(100, 3000))
def test_four_kib_and_a_mark(text: str, times: int) -> None:
    long = text * times
    short = cut(long)
    coded = long.encode("utf-8", "surrogatepass")
    if len(coded) <= LIMIT_BYTES:
        assert short == long
    else:
        assert short.endswith(CUT_MARK)
        kept = short.removesuffix(CUT_MARK)
        assert long.startswith(kept)
        assert LIMIT_BYTES - 4 < len(kept.encode("utf-8", "surrogatepass")) <= LIMIT_BYTES


def test_a_word_of_a_mebibyte_costs_no_more_than_its_beginning() -> None:
    assert len(shown("x" * 2**20)) == LIMIT_BYTES + 1
