"""Published versions in, Postgres out: the edge of a stage that keeps the newest of each.

All that has arrived is one transaction, with the frontier; it is settled afterwards.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import structlog
from faust.types import TP, EventT

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.deadletters import dead_record
from agents.engine.window import Window
from connectors.kafka import topic_name
from connectors.stores.postgres import Connection, transaction
from schemas.errors import InvalidEvent
from schemas.settings import Settings
from schemas.topics import DLQ, Topic

_FLUSH_SECONDS = 0.2  # a lone record waits no longer than this
_HELD_RECORDS = 5_000  # beyond, the stream waits for the database

Item = TypeVar("Item")
Record = TypeVar("Record")

_log = structlog.get_logger()


class Kept(NamedTuple, Generic[Item, Record]):
    """What is kept, and how: `record` is called with partition, offset, stamp (Unix ms) and the
    item, None where it could not be read, or `decode` found nothing to keep. `buries`: whether this
    stage makes dead letters of what could not be read; of the stages that read a topic one does.
    """

    stage: str
    topic: Topic
    decode: Callable[[bytes], Item | None]
    record: Callable[[int, int, int, Item | None], Record]
    store: Callable[[Connection, Sequence[Record]], Awaitable[None]]
    buries: bool


class Versions(Generic[Item, Record]):
    """Gathers records, stores them, settles them."""

    def __init__(self, app: ForeshockApp, settings: Settings, kept: Kept[Item, Record]) -> None:
        self._app = app
        self._kept = kept
        self._window = Window(app)
        self._topic = topic_name(settings, kept.topic)
        self._dlq_topic = topic_name(settings, DLQ)
        self._gathered: list[tuple[TP, int, Record]] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def register(self) -> None:
        """Adds the agent and the flusher to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")

        async def versions(stream: object) -> None:
            await loop.run(stream, self._handle)

        self._app.agent(topic, name=self._kept.stage, concurrency=1)(versions)
        self._app.task(self._flush_forever)

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        stamp = round((message.timestamp or 0) * 1000)  # Faust has made seconds of it
        item = await self._read(message.value or b"", (message.tp, message.offset))
        record = self._kept.record(message.partition, message.offset, stamp, item)
        self._gathered.append((message.tp, message.offset, record))
        self._wake.set()
        if len(self._gathered) > _HELD_RECORDS:
            self._room.clear()
            await self._room.wait()

    async def _read(self, value: bytes, where: tuple[TP, int]) -> Item | None:
        try:
            return self._kept.decode(value)
        except InvalidEvent as error:
            topic, stage = self._kept.topic.name, self._kept.stage
            _log.warning("unreadable", topic=topic, offset=where[1], reason=error.reason)
            if self._kept.buries:
                letter = dead_record(self._dlq_topic, where, value, stage, error)
                await self._window.send([letter], [])
                await self._window.acknowledged()
            return None

    async def _flush_forever(self) -> None:
        while not self._app.should_stop:
            await self._wake.wait()
            await asyncio.sleep(_FLUSH_SECONDS)
            gathered, self._gathered = self._gathered, []
            self._wake.clear()
            self._room.set()
            flush = functools.partial(self._flush, [record for *_, record in gathered])
            await loop.or_die("flush_failed", loop.patiently(flush))
            for tp, offset, _ in gathered:
                self._app.exact_consumer.settle(tp, offset)

    async def _flush(self, records: list[Record]) -> None:
        async with transaction(self._app.pool) as connection:
            await self._kept.store(connection, records)
