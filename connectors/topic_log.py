"""Reads records of a topic at their coordinates: ends, tails, single records. No consumer group."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import zip_longest
from typing import Any, Protocol, cast

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from connectors import metadata
from connectors.connecting import connected
from connectors.consumer import Consumer
from connectors.kafka import client_options
from schemas.errors import Unavailable
from schemas.settings import Settings

_FETCH_SECONDS = 10.0
_NEAR = 4  # records between two ranges that are read rather than sought over


async def cluster_id(settings: Settings) -> str:
    """The id that the cluster was formatted with. Raises Unavailable."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await connected(admin.start())
        return await metadata.cluster_id(admin._client)
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await admin.close()


class TopicLog:
    """One topic; open it with `open_log`. Offsets are per partition."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        self._consumer = consumer
        self.topic = topic

    async def bounds(self) -> dict[int, tuple[int, int]]:
        """(log start, next offset) by partition; empty when there is no such topic."""
        # Reading another topic makes the client forget this one: it knows what it is assigned.
        numbers = sorted(await self._consumer._client._wait_on_metadata(self.topic) or ())
        partitions = [TopicPartition(self.topic, number) for number in numbers]
        starts = await self._consumer.beginning_offsets(partitions)
        ends = await self._consumer.end_offsets(partitions)
        return {p.partition: (starts[p], ends[p]) for p in partitions}

    async def read(self, partition: int, start: int, end: int) -> AsyncIterator[ConsumerRecord]:
        """Records with start ≤ offset < end, in order; those that are gone are left out.

        Raises Unavailable when the broker stops answering on the way.
        """
        if start >= end:
            return
        where = TopicPartition(self.topic, partition)
        self._consumer.assign([where])
        self._consumer.seek(where, start)
        silent_since = asyncio.get_running_loop().time()
        while await self._consumer.position(where) < end:
            fetched = await self._consumer.getmany(where, timeout_ms=500)
            records = fetched.get(where, [])
            if records:
                silent_since = asyncio.get_running_loop().time()
            elif asyncio.get_running_loop().time() - silent_since > _FETCH_SECONDS:
                raise Unavailable("kafka", f"no answer for {self.topic}-{partition} at {start}")
            for record in records:
                if record.offset >= end:
                    return
                yield record

    def rest(self) -> None:
        """Fetch nothing until the next read: at the end of a log the broker would be asked for more
        fifty times a second.
        """
        self._consumer.pause(*self._consumer.assignment())

    async def read_ranges(
        self, ranges: Sequence[tuple[int, int, int]]
    ) -> AsyncIterator[ConsumerRecord]:
        """Records of several (partition, start, end), in no order between partitions.

        Ranges of a partition that lie close together are read as one; what is gone is left out.
        Raises Unavailable.
        """
        bounds = await self.bounds()
        for some in _rounds(ranges, bounds):
            ends = {TopicPartition(self.topic, number): end for number, _, end in some}
            self._consumer.assign(list(ends))
            for number, start, _ in some:
                self._consumer.seek(TopicPartition(self.topic, number), start)
            async for record in self._until(ends):
                yield record

    async def _until(self, ends: dict[TopicPartition, int]) -> AsyncIterator[ConsumerRecord]:
        """What is fetched of the assigned partitions up to their ends."""
        silent_since = asyncio.get_running_loop().time()
        left = set(ends)
        while left:
            for where in list(left):
                if await self._consumer.position(where) >= ends[where]:
                    left.discard(where)
                    self._consumer.pause(where)
            if not left:
                return
            fetched = await self._consumer.getmany(timeout_ms=500)
            if fetched:
                silent_since = asyncio.get_running_loop().time()
            elif asyncio.get_running_loop().time() - silent_since > _FETCH_SECONDS:
                raise Unavailable("kafka", f"no answer for {self.topic}")
            for where, records in fetched.items():
                for record in records:
                    if record.offset < ends[where]:
                        yield record

    async def oldest(self, positions: Mapping[int, int], seconds: float) -> int | None:
        """When the first record at or after each position was appended (Unix ms), the earliest of
        those that could be read within `seconds`.
        """
        self._consumer.assign([TopicPartition(self.topic, number) for number in positions])
        for number, offset in positions.items():
            self._consumer.seek(TopicPartition(self.topic, number), offset)
        until = asyncio.get_running_loop().time() + seconds
        found: dict[TopicPartition, int] = {}
        while len(found) < len(positions) and asyncio.get_running_loop().time() < until:
            fetched = await self._consumer.getmany(timeout_ms=100, max_records=len(positions))
            for where, records in fetched.items():
                found.setdefault(where, records[0].timestamp)
                self._consumer.pause(where)
        return min(found.values(), default=None)

    async def one(self, partition: int, offset: int) -> ConsumerRecord | None:
        """The record at an offset; None when it is gone."""
        start, end = (await self.bounds()).get(partition, (0, 0))
        if not start <= offset < end:
            return None
        async for record in self.read(partition, offset, end):
            return cast(ConsumerRecord, record) if record.offset == offset else None
        return None


def _rounds(
    ranges: Sequence[tuple[int, int, int]], bounds: Mapping[int, tuple[int, int]]
) -> Iterator[list[tuple[int, int, int]]]:
    """Ranges within the bounds, neighbours joined, one of each partition at a time."""
    queues: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for number, start, end in sorted(ranges):
        first, last = bounds.get(number, (0, 0))
        start, end = max(start, first), min(end, last)
        if start >= end:
            continue
        queue = queues[number]
        if queue and start - queue[-1][2] <= _NEAR:
            queue[-1] = (number, queue[-1][1], max(end, queue[-1][2]))
        else:
            queue.append((number, start, end))
    for some in zip_longest(*queues.values()):
        yield [one for one in some if one is not None]


def consumer_options(settings: Settings) -> dict[str, Any]:
    """For a consumer that reads at coordinates, in no group."""
    return {
        **client_options(settings),
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "max_partition_fetch_bytes": 4 * 1024 * 1024,
        "fetch_max_wait_ms": 20,  # a seek waits for the fetch under way to end
    }


class Logs(Protocol):
    """Who opens topics for reading."""

    def open(self, topic: str) -> AbstractAsyncContextManager[TopicLog]:
        """Raises Unavailable when the broker cannot be had, also for what happens inside."""

    async def cluster_id(self) -> str:
        """The id that the cluster was formatted with. Raises Unavailable."""


class OwnLogs:
    """A client for each call, for commands that ask once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self, topic: str) -> AbstractAsyncContextManager[TopicLog]:
        """See Logs."""
        return open_log(self._settings, topic)

    async def cluster_id(self) -> str:
        """See Logs."""
        return await cluster_id(self._settings)


@asynccontextmanager
async def open_log(settings: Settings, topic: str) -> AsyncIterator[TopicLog]:
    """Raises Unavailable when the broker cannot be had, also for what happens inside."""
    async with open_logs(settings, [topic]) as logs:
        yield logs[topic]


@asynccontextmanager
async def open_logs(
    settings: Settings, topics: Sequence[str]
) -> AsyncIterator[dict[str, TopicLog]]:
    """The same for several topics over one connection, to be read one after the other."""
    consumer = Consumer(**consumer_options(settings))
    try:
        await connected(consumer.start())
        for topic in topics:
            await consumer._client._wait_on_metadata(topic)
        yield {topic: TopicLog(consumer, topic) for topic in topics}
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await consumer.stop()
