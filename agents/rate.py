"""The rate stage: log.entries in, signals out; what rates have been is checkpointed.

The same order as in the detect stage: signals, then the state that knows of them, then the entries
are settled. That a source fell silent no record tells: the clock does, while nothing waits to be
read.
"""

import asyncio
import functools
import time
from collections.abc import Sequence
from typing import Any, cast

import structlog
from aiokafka.structs import ConsumerRecord
from pydantic import ValidationError

from agents.app import ForeshockApp
from agents.detect import as_sends
from agents.detection.rates import Rates
from agents.engine import loop
from agents.engine.broadcast import Broadcast
from agents.engine.checkpoint import Checkpoint
from agents.engine.chunks import Chunk
from agents.engine.metrics import CROWDED_RATES, SIGNALS_SENT, WATCHED_RATES
from agents.engine.window import Window
from connectors.groups import oldest_unread
from connectors.kafka import topic_name
from schemas.errors import InvalidEvent, Unavailable
from schemas.logs import Entry, decode_entries
from schemas.patterns import Pattern
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import LOG_ENTRIES, LOGS_RAW, PATTERNS, SIGNALS

TABLE = "rates"
_LISTEN_EVERY_SECONDS = 10.0
_JUMP_SECONDS = 5.0
_BEHIND_MS = 60_000  # who reads what is older hears nothing of the present
_TEMPLATE_CHARACTERS = 160

_log = structlog.get_logger()


class Rate:
    """The edge around `Rates`."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._window = Window(app)
        self._templates: dict[str, str] = {}
        self._rates = Rates(lambda uid: self._templates.get(uid, uid))
        self._topic = topic_name(settings, LOG_ENTRIES)
        self._checkpoint = Checkpoint(
            app, TABLE, settings.topic_partitions, self._topic, self._window, self._restored
        )
        self._signals_topic = topic_name(settings, SIGNALS)
        self._broadcast = Broadcast(settings, PATTERNS, self._learn)
        self._listening_since_ms = _now_ms()

    def register(self) -> None:
        """Adds the agent, the listener and the broadcast reader to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")
        self._app.by_chunk.add(self._topic)

        async def rate(stream: object) -> None:
            await self._broadcast.caught_up.wait()
            await loop.run_chunks(stream, self._handle)

        self._app.agent(topic, name="rate", concurrency=1)(rate)
        self._app.service(cast(Any, self._broadcast))
        self._app.task(self._listen)
        WATCHED_RATES.set_function(lambda: len(self._rates))

    def _learn(self, record: ConsumerRecord) -> None:
        try:
            pattern = Pattern.model_validate_json(record.value or b"")
        except ValidationError:
            return  # an alias; what is no record of this topic the parse stage reports
        self._templates[pattern.uid] = pattern.template[:_TEMPLATE_CHARACTERS]

    def _restored(self) -> None:
        shards = self._checkpoint.shards
        self._rates.restore({key: shards.state(key) or b"" for key in shards})
        self._listening_since_ms = _now_ms()
        _log.info("rates_restored", series=len(self._rates))

    async def _handle(self, chunk: Chunk) -> None:
        records = [(found.offset, _entries(found)) for found in chunk.records]
        if (chunk.records[-1].timestamp or 0) < _now_ms() - _BEHIND_MS:
            self._listening_since_ms = _now_ms()
        async with self._checkpoint.lock:
            await self._publish(self._apply(chunk.tp.partition, records))
        self._checkpoint.settle_later([(chunk.tp, offset) for offset, _ in records])

    def _apply(
        self, partition: int, records: Sequence[tuple[int, Sequence[Entry]]]
    ) -> list[Signal]:
        shards = self._checkpoint.shards
        crowded = self._rates.crowded
        signals, changed = self._rates.apply(
            partition, records, lambda key, offset: shards.holds(key, partition, offset)
        )
        CROWDED_RATES.inc(self._rates.crowded - crowded)
        for key, offset in changed.items():
            shards.put(key, functools.partial(self._rates.state, key), partition, offset)
        return signals

    async def _listen(self) -> None:
        while not self._app.should_stop:
            wall, steady = time.time(), time.monotonic()
            await asyncio.sleep(_LISTEN_EVERY_SECONDS)
            if time.time() - wall - (time.monotonic() - steady) > _JUMP_SECONDS:
                self._listening_since_ms = _now_ms()  # the machine slept, or its clock was set
            moment = _now_ms(), self._listening_since_ms
            if not self._rates.falling_silent(*moment) and not self._rates.falling_still(*moment):
                continue
            if await self._is_deaf():
                self._listening_since_ms = _now_ms()
                continue
            async with self._checkpoint.lock:
                signals, changed = self._rates.silent(_now_ms(), self._listening_since_ms)
                for key in changed:
                    self._checkpoint.shards.touch(key)
                await self._publish(signals)

    async def _is_deaf(self) -> bool:
        """Whether lines lie unread for long: then it is ingest that is silent, not who wrote."""
        try:
            oldest = await oldest_unread(self._settings, "ingest", LOGS_RAW)
        except Unavailable as error:
            _log.warning("silence_unknown", reason=str(error))
            return True
        return oldest is not None and oldest < _now_ms() - _BEHIND_MS

    async def _publish(self, signals: Sequence[Signal]) -> None:
        if signals:
            await self._window.send(as_sends(self._signals_topic, signals), [])
            SIGNALS_SENT.inc(len(signals))


def _entries(record: ConsumerRecord) -> list[Entry]:
    """What is no list of entries counts nothing here; persist dead-letters it."""
    try:
        return decode_entries(record.value or b"")
    except InvalidEvent as error:
        _log.warning("entries_unreadable", offset=record.offset, reason=error.reason)
        return []


def _now_ms() -> int:
    return round(time.time() * 1000)
