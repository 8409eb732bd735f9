"""The detect stage: points of metrics.raw in, signals out; what series have learnt is checkpointed.

Signals are published before the state that knows of them is written, and the points are settled
after both; so a worker that dies publishes some signals again, each exactly as before.
"""

import functools
from collections.abc import Sequence

import structlog

from agents.app import ForeshockApp
from agents.detection.gauges import Gauges
from agents.engine import loop
from agents.engine.checkpoint import Checkpoint
from agents.engine.chunks import Chunk
from agents.engine.metrics import JUDGED_POINTS, SIGNALS_SENT, WATCHED_SERIES
from agents.engine.records import record_of
from agents.engine.window import Send, Window
from agents.measuring import Measured, read
from agents.measuring.points import DAY_MS
from connectors.kafka import topic_name
from schemas.settings import Settings
from schemas.signals import Signal
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
        self._retention_ms = settings.metric_retention_days * DAY_MS
        self._window = Window(app)
        self._gauges = Gauges()
        self._topic = topic_name(settings, METRICS_RAW)
        self._checkpoint = Checkpoint(
            app, TABLE, settings.topic_partitions, self._topic, self._window, self._restored
        )
        self._signals_topic = topic_name(settings, SIGNALS)
        self._looked_at: dict[int, float] = {}  # by partition

    def register(self) -> None:
        """Adds the agent to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")
        self._app.by_chunk.add(self._topic)

        async def detect(stream: object) -> None:
            await loop.run_chunks(stream, self._handle)

        self._app.agent(topic, name="detect", concurrency=1)(detect)
        WATCHED_SERIES.set_function(lambda: len(self._gauges))

    def _restored(self) -> None:
        shards = self._checkpoint.shards
        self._gauges.restore({key: shards.state(key) or b"" for key in shards})
        _log.info("gauges_restored", series=len(self._gauges))

    async def _handle(self, chunk: Chunk) -> None:
        records = [
            (found.offset, read(record_of(found), self._retention_ms)) for found in chunk.records
        ]
        async with self._checkpoint.lock:
            signals = self._judge(chunk.tp.partition, records)
            arrival = (chunk.records[-1].timestamp or 0) / 1000
            signals += self._end_the_quiet(chunk.tp.partition, arrival)
            if signals:
                await self._window.send(as_sends(self._signals_topic, signals), [])
        JUDGED_POINTS.inc(sum(len(measured.value) for _, measured in records))
        SIGNALS_SENT.inc(len(signals))
        self._checkpoint.settle_later([(chunk.tp, offset) for offset, _ in records])

    def _judge(self, partition: int, records: Sequence[tuple[int, Measured]]) -> list[Signal]:
        shards = self._checkpoint.shards
        signals, changed = self._gauges.judge(
            partition, records, lambda key, offset: shards.holds(key, partition, offset)
        )
        for key, offset in changed.items():
            shards.put(key, functools.partial(self._gauges.state, key), partition, offset)
        return signals

    def _end_the_quiet(self, partition: int, now: float) -> list[Signal]:
        """`now` is the partition's newest arrival, in seconds: a replay comes to the same end,
        also where one partition is read long before another.
        """
        if now - self._looked_at.get(partition, 0.0) < _QUIET_EVERY_SECONDS:
            return []
        self._looked_at[partition] = now
        signals, changed = self._gauges.quiet(partition, now)
        for key in changed:
            self._checkpoint.shards.touch(key)
        return signals
