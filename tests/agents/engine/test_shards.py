"""A record changes a shard at most once, whatever is replayed after whichever checkpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.engine.shards import MAX_SHARD_BYTES, Shards


def add(shards: Shards, key: bytes, partition: int, offset: int, number: int) -> None:
    """A stage that sums: skips what the shard holds."""
    if not shards.holds(key, partition, offset):
        total = int(shards.state(key) or b"0") + number
        shards.put(key, str(total).encode(), partition, offset)


@given(
    st.lists(st.tuples(st.sampled_from([b"0/a", b"0/b"]), st.integers(1, 99)), max_size=40),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_a_crash_between_any_checkpoint_and_any_commit_sums_once(
    records: list[tuple[bytes, int]], checkpoint: int, committed: int
) -> None:
    committed = min(committed, checkpoint)
    first = Shards()
    for offset, (key, number) in enumerate(records[:checkpoint]):
        add(first, key, 0, offset, number)
    second = Shards()
    second.restore(first.changed())
    for offset, (key, number) in list(enumerate(records))[committed:]:
        add(second, key, 0, offset, number)
    for key in (b"0/a", b"0/b"):
        total = sum(number for name, number in records if name == key)
        assert int(second.state(key) or b"0") == total


def test_only_changed_shards_are_written() -> None:
    shards = Shards()
    shards.put(b"0/a", b"1", 0, 0)
    shards.put(b"0/b", b"1", 0, 1)
    shards.written(shards.changed())
    shards.put(b"0/b", b"2", 0, 2)
    assert list(shards.changed()) == [b"0/b"]


def test_a_shard_has_a_limit_and_no_record_counts_twice() -> None:
    shards = Shards()
    with pytest.raises(ValueError, match="more than"):
        shards.put(b"0/a", bytes(MAX_SHARD_BYTES + 1), 0, 0)
    shards.put(b"0/a", b"1", 0, 5)
    with pytest.raises(ValueError, match="already"):
        shards.put(b"0/a", b"2", 0, 5)
