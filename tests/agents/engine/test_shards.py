"""A record changes a shard at most once, whatever is replayed after whichever checkpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.engine.shards import MAX_SHARD_BYTES, Newest, Shards


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


def test_a_log_that_ends_before_what_is_held_began_anew() -> None:
    shards = Shards()
    shards.put(b"0/a", b"1", 0, 7)
    shards.put(b"0/b", b"2", 0, 3)
    shards.put(b"1/a", b"3", 1, 4)
    kept = shards.changed()
    again = Shards()
    again.restore(kept)
    assert again.begin_anew({0: 8, 1: 5}) == []
    assert again.changed() == {}
    assert again.begin_anew({0: 7, 1: 5}) == [0]
    assert (again.state(b"0/a"), again.state(b"0/b")) == (b"1", b"2")
    assert not again.holds(b"0/a", 0, 0)
    assert not again.holds(b"0/b", 0, 0)  # its places are of the same old log
    assert again.holds(b"1/a", 1, 4)
    assert set(again.changed()) == {b"0/a", b"0/b"}


def _written(term: int, total: int, offset: int) -> bytes:
    shards = Shards()
    shards.term = term
    shards.put(b"0/a", b"%d" % total, 0, offset)
    return shards.changed()[b"0/a"]


def test_who_was_paused_overwrites_nothing() -> None:
    ours, paused = _written(6, 30, 9), _written(5, 10, 4)
    newest = Newest()
    for value in (_written(5, 5, 2), ours, paused):
        newest.read(b"0/a", value)
    assert (newest.values, newest.term) == ({b"0/a": ours}, 6)
    newest.read(b"0/a", anew := _written(7, 31, 0))  # the input began anew: a lower place
    assert newest.values == {b"0/a": anew}
    newest.read(b"0/a", later := _written(7, 32, 1))
    assert newest.values == {b"0/a": later}
