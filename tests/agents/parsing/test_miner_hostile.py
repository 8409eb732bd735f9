"""Hostile input costs bounded memory and linear time."""

import random
import string
import tracemalloc

import pytest

from agents.parsing import merging
from agents.parsing import miner as mining
from agents.parsing.miner import new_miner

MIB = 1024 * 1024


def words(source: random.Random, count: int) -> str:
    letters = string.ascii_letters
    return " ".join(
        "".join(source.choices(letters, k=source.randrange(2, 9))) for _ in range(count)
    )


def test_random_lines_for_ever_end_in_one_catch_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MAX_PATTERNS", 500)
    monkeypatch.setattr(merging, "MAX_BY_FIRST_WORD", 50)
    source = random.Random(1)
    miner = new_miner()
    known = miner.add("a line known before")
    miner.add_many([words(source, source.randrange(2, 30)) for _ in range(3_000)])
    patterns = [change for change in miner.changes() if change.kind == "pattern"]
    assert len(patterns) <= 560
    templates = {miner.template(miner.add(words(source, 9))) for _ in range(50)}
    assert templates == {"<other>"}
    assert miner.add("a line known before") == known


def test_memory_stays_bounded_under_random_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MAX_PATTERNS", 1_000)
    monkeypatch.setattr(mining, "CACHE_SIZE", 100_000)
    monkeypatch.setattr(merging, "MAX_ELEMENTS", 20_000)
    source = random.Random(2)
    miner = new_miner()
    sizes = []
    tracemalloc.start()
    try:
        for _ in range(3):
            for _ in range(2):
                miner.add_many([words(source, source.randrange(1, 12)) for _ in range(1_000)])
            miner.changes()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[-1] < 1.1 * sizes[-2]


@pytest.mark.parametrize(
    "unit",
    [
        "a", "1", "a.", "1.", "1:", "a@", "a-", "/", "a/", "::", "ab:", "(", "\\", "<1 ", "0x", "%",
        "a1.", ".", "..a", "1-1-", "a b ", "1 2 ", "1, ", "é", "\x00", "\u2028", "\udc80", "=x",
        "~/", "http://", "Mon, Jan 1 ", "1 KB (1 ",
    ],
)  # fmt: skip
@pytest.mark.timeout(30)
def test_time_is_linear_in_the_length_of_a_line(unit: str) -> None:
    """Quadratic time would be many minutes."""
    miner = new_miner()
    line = unit * (MIB // len(unit))
    assert len(miner.add_many([line[: 64 * 1024 + extra] for extra in range(8)] + [line])) == 9


def test_long_lines_are_told_apart_by_their_beginning() -> None:
    miner = new_miner()
    tail = " ".join(f"word{number}" for number in range(5_000))
    first, second, other = miner.add_many([f"begin {tail} a", f"begin {tail} b", f"start {tail}"])
    assert first == second != other
    assert len(miner.template(first)) < 5_000
