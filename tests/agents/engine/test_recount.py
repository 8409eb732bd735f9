"""Entries are lost when persist has read past them and the frontier still stands below."""

import pytest

from agents.engine.recount import Awaited

AWAITED = Awaited(epoch=1, settled=100, end=40)


@pytest.mark.parametrize(
    ("read", "applied", "lost"),
    [
        (39, 50, False),  # persist has still to come to them
        (40, 99, False),  # all that was settled is applied
        (40, 98, True),
        (90, 50, True),
    ],
)
def test_entries_are_lost_only_when_nobody_can_bring_them_any_more(
    read: int, applied: int, lost: bool
) -> None:
    assert AWAITED.is_lost(read, applied) is lost
