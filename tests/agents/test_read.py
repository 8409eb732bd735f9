"""The newest lines of several partitions: no more than were asked for, and how many were passed."""

from collections.abc import AsyncIterator, Sequence
from typing import cast

import pytest
from aiokafka.structs import ConsumerRecord

from agents.read import Reader
from connectors.topic_log import TopicLog
from schemas.log_reads import Range, Scan, Scanned, Wanted
from schemas.logs import LOG_BATCH, LogBatch, encode_batch
from schemas.settings import Settings

_MINUTE_MS = 60_000
_LINES = 10  # a record


class _Log:
    """Two partitions of five records each, a minute apart, the second partition 30 s later."""

    async def bounds(self) -> dict[int, tuple[int, int]]:
        return {0: (0, 5), 1: (0, 5)}

    async def read_ranges(
        self, ranges: Sequence[tuple[int, int, int]]
    ) -> AsyncIterator[ConsumerRecord]:
        for partition, start, end in ranges:
            for offset in range(start, end):
                yield _record(partition, offset)


class _Nothing(_Log):
    """No patterns."""

    async def bounds(self) -> dict[int, tuple[int, int]]:
        return {}


def _record(partition: int, offset: int) -> ConsumerRecord:
    lines = [f"{partition}/{offset}/{n}".encode() for n in range(_LINES)]
    at = offset * _MINUTE_MS + partition * _MINUTE_MS // 2
    headers = (("schema", LOG_BATCH),)
    value = encode_batch(LogBatch("a", lines))
    return ConsumerRecord("logs.raw", partition, offset, at, 0, b"a", value, None, 0, 0, headers)


async def _newest(limit: int, wanted: Wanted) -> Scanned:
    lines, patterns = cast(TopicLog, _Log()), cast(TopicLog, _Nothing())
    ranges = [Range(0, 0, 5), Range(1, 0, 5)]
    reader = Reader(Settings(), lines, patterns)
    found = await reader.answer(Scan(1, ranges, wanted, limit, newest=True))
    assert isinstance(found, Scanned)
    return found


@pytest.mark.parametrize(
    ("limit", "records", "skipped"),
    [
        (100, {(p, o) for p in (0, 1) for o in range(5)}, 0),
        (20, {(1, 4), (0, 4)}, 8),
        (25, {(1, 4), (0, 4), (1, 3)}, 8),
        (1, {(1, 4)}, 10),
    ],
)
async def test_the_newest_lines_of_all_partitions(
    limit: int, records: set[tuple[int, int]], skipped: int
) -> None:
    found = await _newest(limit, Wanted())
    assert len(found.lines) == limit
    assert {(one.partition, one.offset) for one in found.lines} == records
    assert found.skipped == skipped
    assert [one.time_ms for one in found.lines] == sorted(
        (one.time_ms for one in found.lines), reverse=True
    )


async def test_no_more_is_looked_through_than_can_be_shown() -> None:
    assert (await _newest(1, Wanted())).scanned_lines == 2 * _LINES
    narrow = await _newest(20, Wanted(text="/0/3"))
    assert ([one.text for one in narrow.lines], narrow.skipped) == (["1/0/3", "0/0/3"], 0)
