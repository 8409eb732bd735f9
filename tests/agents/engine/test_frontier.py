"""The committed offset is the end of the settled prefix, in whatever order records settle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.engine.frontier import Frontier, WentBackError


def test_nothing_is_committable_before_the_first_record_is_settled() -> None:
    frontier = Frontier()
    frontier.deliver(5)
    frontier.deliver(6)
    frontier.settle(6)
    assert frontier.committable() is None
    frontier.settle(5)
    assert frontier.committable() == 7


def test_one_unsettled_record_holds_back_everything_behind_it() -> None:
    frontier = Frontier()
    for offset in range(20):
        frontier.deliver(offset)
    for offset in set(range(20)) - {10}:
        frontier.settle(offset)
    assert frontier.committable() == 10
    assert frontier.in_flight == 10


def test_holes_in_the_numbering_are_no_records() -> None:
    frontier = Frontier()
    for offset in (3, 7, 8):
        frontier.deliver(offset)
        frontier.settle(offset)
    assert frontier.committable() == 9


def test_what_was_never_delivered_cannot_be_settled() -> None:
    frontier = Frontier()
    frontier.settle(4)
    frontier.deliver(10)
    frontier.settle(4)
    frontier.settle(11)
    assert frontier.committable() is None


@pytest.mark.parametrize("offset", [0, 899, 1000])
def test_a_log_that_goes_back_is_not_read_on(offset: int) -> None:
    frontier = Frontier()
    for before in (999, 1000):
        frontier.deliver(before)
        frontier.settle(before)
    with pytest.raises(WentBackError, match=f"offset {offset} came after 1000"):
        frontier.deliver(offset)


@given(st.sets(st.integers(0, 200), min_size=1), st.randoms())
def test_any_order_of_settling_ends_behind_the_last(offsets: set[int], random: object) -> None:
    frontier = Frontier()
    for offset in sorted(offsets):
        frontier.deliver(offset)
    order = list(offsets)
    random.shuffle(order)  # type: ignore[attr-defined]
    settled: set[int] = set()
    for offset in order:
        frontier.settle(offset)
        settled.add(offset)
        unsettled = offsets - settled
        prefix = {o for o in settled if not unsettled or o < min(unsettled)}
        assert frontier.committable() == (max(prefix) + 1 if prefix else None)
    assert frontier.in_flight == 0
