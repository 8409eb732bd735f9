"""The chronicle stage, a part of persist: alerts in, Postgres out.

Every version is kept once and the newest is the alert; all that has arrived is one transaction.
"""

import asyncio
import functools

import structlog
from faust.types import TP, EventT

from agents.app import ForeshockApp
from agents.correlation.intake import decode_alert
from agents.engine import loop
from agents.engine.deadletters import dead_record
from agents.engine.window import Window
from connectors.kafka import topic_name
from connectors.stores.alerts import Record, store
from connectors.stores.postgres import transaction
from schemas.errors import InvalidEvent
from schemas.settings import Settings
from schemas.topics import ALERTS, DLQ

_FLUSH_SECONDS = 0.2  # a lone alert waits no longer than this
_HELD_RECORDS = 5_000  # beyond, the stream waits for the database

_log = structlog.get_logger()


class Chronicle:
    """Gathers records, stores them, settles them."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._window = Window(app)
        self._topic = topic_name(settings, ALERTS)
        self._dlq_topic = topic_name(settings, DLQ)
        self._gathered: list[tuple[TP, Record]] = []
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def register(self) -> None:
        """Adds the agent and the flusher to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")

        async def chronicle(stream: object) -> None:
            await loop.run(stream, self._handle)

        self._app.agent(topic, name="chronicle", concurrency=1)(chronicle)
        self._app.task(self._flush_forever)

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        stamp = round((message.timestamp or 0) * 1000)  # Faust has made seconds of it
        alert = None
        try:
            alert = decode_alert(message.value or b"")
        except InvalidEvent as error:
            _log.warning("alert_unreadable", offset=message.offset, reason=error.reason)
            where = (message.tp, message.offset)
            value = message.value or b""
            letter = dead_record(self._dlq_topic, where, value, "chronicle", error)
            await self._window.send([letter], [])
            await self._window.acknowledged()
        record = Record(message.partition, message.offset, stamp, alert)
        self._gathered.append((message.tp, record))
        self._wake.set()
        if len(self._gathered) > _HELD_RECORDS:
            self._room.clear()
            await self._room.wait()

    async def _flush_forever(self) -> None:
        while not self._app.should_stop:
            await self._wake.wait()
            await asyncio.sleep(_FLUSH_SECONDS)
            gathered, self._gathered = self._gathered, []
            self._wake.clear()
            self._room.set()
            flush = functools.partial(self._flush, [record for _, record in gathered])
            await loop.or_die("flush_failed", loop.patiently(flush))
            for tp, record in gathered:
                self._app.exact_consumer.settle(tp, record.offset)

    async def _flush(self, records: list[Record]) -> None:
        async with transaction(self._app.pool) as connection:
            await store(connection, records)
