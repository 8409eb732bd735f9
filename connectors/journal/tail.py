"""The one tail of the journal in a process: what comes is held in a ring, for all who listen.

A plain consumer without a group, with long polls: a record is here some milliseconds after the
broker has it. It outlives every failure of the broker and goes on where it was. When the topics
turn out to be other ones than before (made anew, wiped), the ring begins anew at their end.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from connectors.connecting import connected
from connectors.consumer import Consumer
from connectors.journal.reading import BY_TOPIC, Lost, check, entry_of, newest
from connectors.journal.ring import Ring
from connectors.kafka import client_options, topic_name
from connectors.topic_log import TopicLog, open_logs
from schemas.errors import Unavailable
from schemas.journal import Place, Position
from schemas.settings import Settings

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_POLL_MS: Final = 500
_READERS: Final = 4
_PROBE_SECONDS: Final = 3.0
_PROBE_LIMIT_SECONDS: Final = 5.0

_log = structlog.get_logger()


class Tail:
    """Keep `run` running. `ring` is None until the topics were reached for the first time.

    `life` grows when the ring begins anew; `why` says what was lost then. `fault` is "" or why
    nothing new can come now. Who reads what the ring no longer holds takes one of `readers`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = {name: topic_name(settings, j.topic) for name, j in BY_TOPIC.items()}
        self.ring: Ring | None = None
        self.life = 0
        self.why = ""
        self.fault = "not connected yet"
        self.readers = asyncio.Semaphore(_READERS)
        self._moved = asyncio.Event()

    def wake(self) -> None:
        """Everybody who waits in `moved` goes on."""
        self._moved.set()
        self._moved = asyncio.Event()

    async def moved(self, seconds: float) -> None:
        """Until something is new, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._moved.wait()

    async def run(self) -> None:
        """Until cancelled."""
        pause = _FIRST_PAUSE
        while True:
            began = time.monotonic()
            try:
                await self._follow()
            except Lost as error:
                self._begin_anew(str(error))
            except Unavailable as error:
                self._say(str(error))
            lasted = time.monotonic() - began > _PROBE_SECONDS
            pause = _FIRST_PAUSE if lasted else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    def _begin_anew(self, why: str) -> None:
        _log.warning("journal_begins_anew", reason=why)
        self.ring, self.why = None, why
        self._say("the topics are read anew")

    def _say(self, fault: str) -> None:
        if fault == self.fault:
            return
        if fault:
            _log.warning("journal_waits", reason=fault)
        else:
            _log.info("journal_follows")
        self.fault = fault
        self.wake()

    async def _follow(self) -> None:
        """Raises Lost when the topics are other ones now, Unavailable without the broker."""
        async with open_logs(self._settings, list(self._names.values())) as opened:
            logs = {name: opened[self._names[name]] for name in self._names}
            ring = await self._ring(logs)
            async with self._consumer(ring) as consumer:
                self._say("")
                anchors = dict(ring.ends)
                probed = time.monotonic()
                while True:
                    await self._take(consumer, ring)
                    if time.monotonic() - probed > _PROBE_SECONDS:
                        ends = dict(ring.ends)
                        await self._probe(logs, anchors)
                        anchors, probed = ends, time.monotonic()

    async def _ring(self, logs: dict[str, TopicLog]) -> Ring:
        """The ring to go on with: what it ends with must still be in the topics."""
        if self.ring is not None:
            await self._probe(logs, self.ring.ends)
            return self.ring
        ends: dict[Place, Position] = {}
        for topic, log in logs.items():
            ends |= await newest(log, topic)
        self.ring = Ring(ends)
        self.life += 1
        return self.ring

    async def _probe(self, logs: dict[str, TopicLog], anchors: dict[Place, Position]) -> None:
        """Whether what was read lies where it lay: another life of a topic is not seen otherwise.

        `anchors` are positions of some time ago, as those of now may be in that other life.
        """
        try:
            async with asyncio.timeout(_PROBE_LIMIT_SECONDS):
                for place, anchor in anchors.items():
                    await check(logs[place.topic], place, anchor)
        except TimeoutError as error:
            raise Unavailable("Kafka", "the broker does not answer") from error

    @asynccontextmanager
    async def _consumer(self, ring: Ring) -> AsyncIterator[Consumer]:
        """Stands at the end of the ring."""
        consumer = Consumer(
            **client_options(self._settings),
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            fetch_max_wait_ms=_POLL_MS,
        )
        try:
            await connected(consumer.start())
            where = {p: TopicPartition(self._names[p.topic], p.partition) for p in ring.ends}
            consumer.assign(list(where.values()))
            for place, partition in where.items():
                consumer.seek(partition, ring.ends[place].offset)
            yield consumer
        except OffsetOutOfRangeError as error:
            raise Lost("the log ends before what was read of it: it was made anew") from error
        except (KafkaError, OSError) as error:
            raise Unavailable("Kafka", f"{type(error).__name__}: {error}") from error
        finally:
            await consumer.stop()

    async def _take(self, consumer: Consumer, ring: Ring) -> None:
        fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=500)
        for partition, records in fetched.items():
            topic = partition.topic.removeprefix(self._settings.topic_prefix)
            ring.add(entry_of(Place(topic, partition.partition), record) for record in records)
        if fetched:
            self.wake()
