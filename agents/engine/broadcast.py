"""Reads a whole small topic in every worker: from its beginning to the end noted at start, and on.

A plain consumer without a group; no agent processes before `caught_up` is set.
"""

import asyncio
from collections.abc import Callable

from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord
from mode import Service

from connectors.connecting import connected
from connectors.consumer import Consumer
from connectors.kafka import client_options, topic_name
from schemas.settings import Settings
from schemas.topics import Topic

Handler = Callable[[ConsumerRecord], None]


class Broadcast(Service):
    """Calls `handle(record)` for each record, in order; an error of it ends the process."""

    def __init__(self, settings: Settings, topic: Topic, handle: Handler) -> None:
        self._settings = settings
        self._topic = topic_name(settings, topic)
        self._handle = handle
        self.caught_up = asyncio.Event()
        super().__init__()

    @Service.task
    async def _follow(self) -> None:
        consumer = Consumer(
            self._topic,
            **client_options(self._settings),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
        try:
            await connected(consumer.start())
            ends = await consumer.end_offsets(consumer.assignment())
            await consumer.seek_to_beginning()
            while not self.should_stop:
                await self._note_caught_up(consumer, ends)
                fetched = await consumer.getmany(timeout_ms=200)
                for records in fetched.values():
                    for record in records:
                        self._handle(record)
        finally:
            await consumer.stop()

    async def _note_caught_up(self, consumer: Consumer, ends: dict[TopicPartition, int]) -> None:
        if self.caught_up.is_set():
            return
        positions = [await consumer.position(partition) >= end for partition, end in ends.items()]
        if all(positions):
            self.caught_up.set()
