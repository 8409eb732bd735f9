"""The detect stage: points of metrics.raw in, signals out; what series have learnt is checkpointed.

Signals are published before the state that knows of them is written, and the points are settled
after both; so a worker that dies publishes some signals again, each exactly as before. That a
partition fell silent no record tells: the clock does, while nothing waits to be read.
"""

import asyncio
import functools
import time
from collections.abc import Sequence

import structlog
from faust.types import TP

from agents.app import ForeshockApp
from agents.detection.gauges import Gauges
from agents.detection.hearing import Hearing
from agents.engine import loop
from agents.engine.checkpoint import Checkpoint
from agents.engine.chunks import Chunk
from agents.engine.metrics import CROWDED_POINTS, JUDGED_POINTS, SIGNALS_SENT, WATCHED_SERIES
from agents.engine.records import record_of
from agents.engine.window import Send, Window
from agents.measuring import Measured, read
from agents.measuring.points import DAY_MS
from connectors.kafka import topic_name
from connectors.topic_log import open_log
from schemas.errors import Unavailable
from schemas.settings import Settings
from schemas.signals import CLOCK, CLOCK_KEY, Signal
from schemas.topics import METRICS_RAW, SIGNALS

TABLE = "gauges"
_QUIET_EVERY_SECONDS = 60.0

_log = structlog.get_logger()


def as_sends(topic: str, signals: Sequence[Signal]) -> list[Send]:
    """Records of the topic `signals`; one scope keeps one order."""
    return [Send(topic, s.scope.encode(), s.model_dump_json().encode(), []) for s in signals]


class Detect:
    """The edge around `Gauges`."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._retention_ms = settings.metric_retention_days * DAY_MS
        self._window = Window(app)
        self._gauges = Gauges()
        self._topic = topic_name(settings, METRICS_RAW)
        self._checkpoint = Checkpoint(
            app, TABLE, settings.topic_partitions, self._topic, self._window, self._restored
        )
        self._signals_topic = topic_name(settings, SIGNALS)
        self._looked_at: dict[int, float] = {}  # by partition
        self._hearing = Hearing()
        self._keeps_time = False

    def register(self) -> None:
        """Adds the agent to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")
        self._app.by_chunk.add(self._topic)

        async def detect(stream: object) -> None:
            await loop.run_chunks(stream, self._handle)

        self._app.agent(topic, name="detect", concurrency=1)(detect)
        self._app.task(self._listen)
        WATCHED_SERIES.set_function(lambda: len(self._gauges))

    def _restored(self) -> None:
        shards = self._checkpoint.shards
        self._gauges.restore({key: shards.state(key) or b"" for key in shards})
        self._looked_at.clear()
        self._keeps_time = TP(self._topic, 0) in self._app.exact_consumer.assignment()
        self._hearing.restore(self._gauges.going_on(), time.monotonic())
        _log.info("gauges_restored", series=len(self._gauges))

    async def _handle(self, chunk: Chunk) -> None:
        records = [
            (found.offset, read(record_of(found), self._retention_ms)) for found in chunk.records
        ]
        partition = chunk.tp.partition
        async with self._checkpoint.lock:
            signals = self._judge(partition, records)
            arrival = (chunk.records[-1].timestamp or 0) / 1000
            self._hearing.heard(partition, arrival, time.monotonic(), records[-1][0] + 1)
            signals += self._end_the_quiet(partition, arrival)
            await self._publish(signals)
        JUDGED_POINTS.inc(sum(len(measured.value) for _, measured in records))
        self._checkpoint.settle_later([(chunk.tp, offset) for offset, _ in records])

    def _judge(self, partition: int, records: Sequence[tuple[int, Measured]]) -> list[Signal]:
        shards = self._checkpoint.shards
        crowded = self._gauges.crowded
        signals, changed = self._gauges.judge(
            partition, records, lambda key, offset: shards.holds(key, partition, offset)
        )
        CROWDED_POINTS.inc(self._gauges.crowded - crowded)
        for key, offset in changed.items():
            shards.put(key, functools.partial(self._gauges.state, key), partition, offset)
        return signals

    def _end_the_quiet(self, partition: int, now: float) -> list[Signal]:
        """`now` is by the partition's arrivals, in seconds: a replay comes to the same end,
        also where one partition is read long before another.
        """
        if now - self._looked_at.get(partition, 0.0) < _QUIET_EVERY_SECONDS:
            return []
        self._looked_at[partition] = now
        signals, changed = self._gauges.quiet(partition, now)
        for key in changed:
            self._checkpoint.shards.touch(key)
        return signals

    async def _listen(self) -> None:
        """A partition whose only host has died has no records that would tell the time; nor has
        the topic `signals` where all is quiet, so one worker tells it there.
        """
        while not self._app.should_stop:
            await asyncio.sleep(_QUIET_EVERY_SECONDS)
            if self._keeps_time:
                await self._window.send([Send(self._signals_topic, CLOCK_KEY, CLOCK, [])], [])
            if self._gauges.going_on():
                await loop.or_die("silence_failed", self._end_where_nothing_comes())

    async def _end_where_nothing_comes(self) -> None:
        try:
            async with open_log(self._settings, self._topic) as log:
                bounds = await log.bounds()
        except Unavailable as error:
            _log.warning("silence_unknown", reason=str(error))
            return
        consumer = self._app.exact_consumer
        async with self._checkpoint.lock:
            for partition in self._gauges.going_on():
                tp = TP(self._topic, partition)
                begin, end = bounds.get(partition, (0, 0))
                read = max(begin, consumer.committed_offset(tp) or 0)
                now = self._hearing.now(partition, time.monotonic(), read, end)
                if now is not None and tp in consumer.assignment():
                    await self._publish(self._end_the_quiet(partition, now))

    async def _publish(self, signals: Sequence[Signal]) -> None:
        if signals:
            await self._window.send(as_sends(self._signals_topic, signals), [])
            SIGNALS_SENT.inc(len(signals))
