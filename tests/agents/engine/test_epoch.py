"""A log that is not the one whose offsets were applied is recognised, and where it begins anew."""

import pytest

from agents.engine.epoch import first_unapplied
from connectors.stores.epochs import Epoch, LogEnd, loss

KNOWN = Epoch(1, 0, "cluster-a", applied=99, arrival=1000)


@pytest.mark.parametrize(
    ("log", "lost"),
    [
        (LogEnd("cluster-a", 0, 100, 1000), False),
        (LogEnd("cluster-a", 0, 500, 1000), False),
        (LogEnd("cluster-a", 100, 500, None), False),  # read and deleted by retention
        (LogEnd("cluster-b", 0, 500, 1000), True),
        (LogEnd("cluster-a", 0, 99, None), True),  # the tail is lost
        (LogEnd("cluster-a", 0, 0, None), True),  # the topic was made anew
        (LogEnd("cluster-a", 0, 500, 1001), True),  # lost, then written over
    ],
)
def test_loss(log: LogEnd, lost: bool) -> None:
    assert (loss(KNOWN, log) is not None) is lost


def test_nothing_applied_cannot_be_lost() -> None:
    fresh = Epoch(1, 0, "cluster-a", applied=None, arrival=None)
    assert loss(fresh, LogEnd("cluster-a", 0, 0, None)) is None


@pytest.mark.parametrize("survivors", [0, 1, 2, 57, 99, 100])
async def test_the_new_epoch_begins_behind_what_survived(survivors: int) -> None:
    rows = [(offset, 1000 + offset) for offset in range(100)]

    async def arrival_at(offset: int) -> int | None:
        return 1000 + offset if offset < survivors else 9000 + offset

    assert await first_unapplied(rows, arrival_at, log_start=0) == survivors
