"""Reads records of a topic at their coordinates: ends, tails, single records. No consumer group."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from connectors.kafka import client_options
from schemas.errors import Unavailable
from schemas.settings import Settings

_FETCH_SECONDS = 10.0


async def cluster_id(settings: Settings) -> str:
    """The id that the cluster was formatted with. Raises Unavailable."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        return str((await admin.describe_cluster())["cluster_id"])
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await admin.close()


class TopicLog:
    """One topic; open it with `open_log`. Offsets are per partition."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self.topic = topic

    async def bounds(self) -> dict[int, tuple[int, int]]:
        """(log start, next offset) by partition; empty when there is no such topic."""
        numbers = sorted(self._consumer.partitions_for_topic(self.topic) or ())
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
    consumer = AIOKafkaConsumer(**consumer_options(settings))
    try:
        await consumer.start()
        for topic in topics:
            await consumer._client._wait_on_metadata(topic)
        yield {topic: TopicLog(consumer, topic) for topic in topics}
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await consumer.stop()
