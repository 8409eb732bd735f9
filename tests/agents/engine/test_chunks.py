"""Chunks hold every record once, in order, and stay small."""

from aiokafka.structs import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from agents.engine.chunks import chunked


def record(offset: int, size: int) -> ConsumerRecord:
    return ConsumerRecord("t", 0, offset, 0, 0, None, b"x" * size or None, None, 0, size, ())


@given(st.lists(st.one_of(st.integers(0, 200), st.integers(0, 400_000)), max_size=40))
def test_every_record_once_in_order_and_no_chunk_too_large(sizes: list[int]) -> None:
    records = [record(offset, size) for offset, size in enumerate(sizes)]
    chunks = list(chunked(records))
    assert [one for chunk in chunks for one in chunk] == records
    assert all(chunks)
    for chunk in chunks:
        assert len(chunk) == 1 or sum(len(one.value or b"") for one in chunk) <= 256 * 1024


def test_many_small_records_are_cut_by_their_number() -> None:
    assert [len(chunk) for chunk in chunked([record(n, 10) for n in range(600)])] == [256, 256, 88]
