"""Which of several outcomes count: no range that an edge sent before, no replay done before."""

from collections.abc import Sequence
from typing import NamedTuple

from connectors.stores import batches
from connectors.stores.postgres import Connection


class Claim(NamedTuple):
    """What a record says of itself, and how many of its lines or points live."""

    range: str | None
    replay: str | None
    source: str
    living: int


async def claim(connection: Connection, claims: Sequence[Claim]) -> list[bool]:
    """Whether each counts; what does is taken from now on, within the caller's transaction."""
    ranges = [c.range for c in claims if c.range]
    new_ranges = await batches.claim_ranges(connection, ranges) if ranges else set()
    # A replay that failed again claims nothing: its letter may be sent once more, after a remedy.
    replays = [(c.replay, c.source, c.living) for c in claims if c.replay and c.living]
    new_replays = await batches.claim_replays(connection, replays) if replays else set()
    counting = []
    for found in claims:
        taken = found.range and found.range not in new_ranges
        again = found.replay and found.living and found.replay not in new_replays
        counting.append(not taken and not again)
        if counting[-1]:
            new_ranges.discard(found.range or "")  # the second of two in one flush is a repeat
            new_replays.discard(found.replay or "")
    return counting
