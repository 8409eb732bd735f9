"""How much a slice may hold, in bytes, so that its state never outgrows a shard. Pure.

What is let in is weighed as if all that can ever be kept of it were kept already, whatever its
names: a shard that is too large would stop its partition for good.
"""

from typing import Final

from agents.engine.shards import MAX_SHARD_BYTES

SLICE_BYTES: Final = MAX_SHARD_BYTES - 32 * 1024  # the rest is for what frames a state
# The bank's 488; an episode of 150; and numbers, places and the heads of names, at their longest.
SERIES_BYTES: Final = 700

# In a full slice, what has been still for so long makes room. What stops for a weekend, or runs
# once a week, keeps what it has learnt; hosts and pods that are gone do not fill it for good.
FORGOTTEN_SECONDS: Final = 7 * 86_400


def weight(*names: str) -> int:
    """The most bytes that a series with these names takes in the state of its slice."""
    return SERIES_BYTES + sum(map(bytes_of, names))


def bytes_of(name: str) -> int:
    """A character of a name takes up to four bytes."""
    return len(name) if name.isascii() else len(name.encode("utf-8", "surrogatepass"))
