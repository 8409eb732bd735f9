"""Marks and verdicts, without I/O."""

import pytest

from connectors.sources.marks import HEAD_BYTES, START, Change, Mark, change, new_fingerprint


def test_a_mark_fits_the_file_it_was_made_of_and_no_other() -> None:
    data = bytes(range(256)) * 8
    mark = Mark.at(2000, data[:HEAD_BYTES], data[1900:2000])
    assert mark.fits(data[: mark.head_bytes], data[2000 - mark.tail_bytes : 2000])
    assert not mark.fits(data[: mark.head_bytes], data[1901:2001])
    assert not mark.fits(b"x" + data[1 : mark.head_bytes], data[1900:2000])


def test_a_short_file_is_known_by_what_was_taken_of_it() -> None:
    mark = Mark.at(5, b"hello, and what came later", b"hello")
    assert (mark.head_bytes, mark.tail_bytes) == (5, 5)
    assert mark.fits(b"hello", b"hello")


def test_the_start_fits_everything() -> None:
    assert START.fits(b"", b"")


def test_equal_heads_get_different_fingerprints() -> None:
    first, second = new_fingerprint(b"# banner\n"), new_fingerprint(b"# banner\n")
    assert first != second
    assert first.partition("-")[0] == second.partition("-")[0]


@pytest.mark.parametrize(
    ("read", "size", "fits", "in_place", "verdict"),
    [
        (10, 10, True, True, Change.NONE),
        (10, 12, True, True, Change.GROWN),
        (10, 12, True, False, Change.GROWN),  # first to its end, then it is let go
        (10, 10, True, False, Change.MOVED),
        (10, 3, True, True, Change.REWRITTEN),
        (10, 30, False, True, Change.REWRITTEN),
        (10, 10, False, True, Change.REWRITTEN),
        (0, 0, True, True, Change.NONE),
    ],
)
def test_the_verdict_on_a_followed_file(
    read: int, size: int, fits: bool, in_place: bool, verdict: Change
) -> None:
    assert change(read, size, fits, in_place) is verdict
