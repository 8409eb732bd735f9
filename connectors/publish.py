"""Publishes batches of log lines and of metric points: pipelined, idempotent, acknowledged.

A record counts as sent only when every in-sync replica has it. A broker that does not answer, or
a disk too full for the embedded one, surfaces as Unavailable; the caller keeps what was not
acknowledged and sends exactly that again, with a new Publisher.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import RecordMetadata
from prometheus_client import Counter

from connectors import metadata
from connectors.connecting import connected
from connectors.embedded.disk import instance_disk_fault
from connectors.kafka import producer_options, topic_name
from connectors.refusing import Refused
from schemas import headers
from schemas.commands import Command
from schemas.errors import InvalidEvent, Unavailable
from schemas.headers import Headers
from schemas.logs import LOG_BATCH, LogBatch, encode_batch
from schemas.metrics import METRIC_BATCH, MetricBatch, encode_metrics
from schemas.settings import Settings
from schemas.topics import COMMANDS, DLQ, LOGS_RAW, METRICS_RAW

DISK: Final = "the disk"  # what is Unavailable when it is full; the Publisher stays of use
_START_SECONDS: Final = 15.0
_STOP_SECONDS: Final = 20.0
_LET_GO_SECONDS: Final = 5.0
MAX_COMMAND_BYTES: Final = 3 * 1024 * 1024  # a record holds 4 MiB
_DISK_CHECK_SECONDS: Final = 5.0
_partitioner: Final = DefaultPartitioner()  # what the producer itself uses
_TOPIC_LOOKS, _TOPIC_PAUSE = 5, 0.3  # a topic just made is not known everywhere at once

_LINES = Counter("foreshock_published_lines_total", "Lines acknowledged by the broker.")
_POINTS = Counter("foreshock_published_points_total", "Metric points acknowledged by the broker.")
_DEAD = Counter("foreshock_edge_dead_letters_total", "Dead letters that edges wrote.")
_COMMANDS = Counter("foreshock_published_commands_total", "Commands acknowledged by the broker.")
_AGAIN = Counter("foreshock_replayed_letters_total", "Dead letters that the API sent again.")
_RECORDS = Counter("foreshock_published_records_total", "Records acknowledged by the broker.")


def batch_headers(batch: LogBatch, part: str | None, trace: str = "") -> Headers:
    """The headers of a record that holds `batch`; `part` names the piece of the origin it is.

    `trace` is the W3C traceparent that the record belongs to; "" begins a new one.
    """
    return _headers(LOG_BATCH, batch.source, (headers.LINES, len(batch.lines)), part, trace)


def metric_headers(batch: MetricBatch, part: str | None, trace: str = "") -> Headers:
    """The same for metric points."""
    return _headers(METRIC_BATCH, batch.source, (headers.POINTS, len(batch.value)), part, trace)


def _headers(
    schema: bytes, source: str, count: tuple[str, int], part: str | None, trace: str
) -> Headers:
    name, number = count
    trace = trace or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    found: Headers = [
        (headers.SCHEMA, schema),
        (headers.SOURCE, source.encode()),
        (name, str(number).encode()),
        (headers.TRACEPARENT, trace.encode()),
    ]
    return [*found, (headers.RANGE, part.encode())] if part is not None else found


class Publisher:
    """Use as an async context: entering connects, leaving waits up to 20 s for what is in flight.

    Entering raises Unavailable when no broker answers within 15 s, or the topic is missing.
    """

    def __init__(self, settings: Settings, in_flight: int = 64) -> None:
        self._settings = settings
        self._logs = topic_name(settings, LOGS_RAW)
        self._metrics = topic_name(settings, METRICS_RAW)
        self._commands = topic_name(settings, COMMANDS)
        self._dlq = topic_name(settings, DLQ)
        self._free = asyncio.Semaphore(in_flight)
        self._disk_checked = float("-inf")
        self.acknowledged_at = float("-inf")  # when the broker last did; of time.monotonic()
        self._producer: AIOKafkaProducer | None = None
        self._partitions: list[int] = []  # of the topic of metrics

    async def __aenter__(self) -> Self:
        producer = AIOKafkaProducer(**producer_options(self._settings))
        try:
            async with asyncio.timeout(_START_SECONDS):
                await connected(producer.start())
                await self._find_topics(producer)
        except (KafkaError, TimeoutError, OSError) as error:
            await producer.stop()
            raise Unavailable("Kafka", _said(error, self._settings)) from error
        except (Unavailable, asyncio.CancelledError):
            await producer.stop()
            raise
        self._producer = producer
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._producer is None:
            return
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._producer.stop()
        except (KafkaError, TimeoutError) as error:
            await _let_go(self._producer)
            if _error is None:
                raise Unavailable("Kafka", _said(error, self._settings)) from error

    async def send(self, batch: LogBatch, record_headers: Headers) -> "asyncio.Task[None]":
        """Hand one record over; the task returned ends when the broker has acknowledged it.

        Waits while `in_flight` records are on their way. Both this call and the task raise
        Unavailable; after that the Publisher is of no more use, unless DISK is what is missing.
        """
        value, key = encode_batch(batch), batch.source.encode()
        return await self._send(self._logs, key, value, record_headers, (_LINES, len(batch.lines)))

    async def send_metrics(
        self, batch: MetricBatch, record_headers: Headers
    ) -> "asyncio.Task[None]":
        """The same for metric points; the key is their first host, else the source.

        Points of hosts that may lie in different partitions go through `by_partition` first.
        """
        key = next(iter(batch.host), "") or batch.source
        value, count = encode_metrics(batch), (_POINTS, len(batch.value))
        return await self._send(self._metrics, key.encode(), value, record_headers, count)

    def by_partition(self, batch: MetricBatch) -> list[tuple[int, MetricBatch]]:
        """The points of a batch, in their order, by the partition that their host is the key to.

        A series is learnt in one partition: it must not depend on which hosts share a record.
        """
        places = {host: self._place(host or batch.source) for host in set(batch.host)}
        if len(set(places.values())) < 2:
            return [(place, batch) for place in set(places.values())]
        rows: dict[int, list[int]] = {}
        for row, host in enumerate(batch.host):
            rows.setdefault(places[host], []).append(row)
        return [(place, _chosen(batch, chosen)) for place, chosen in sorted(rows.items())]

    def _place(self, key: str) -> int:
        return int(_partitioner(key.encode(), self._partitions, self._partitions))

    async def send_command(self, command: Command) -> "asyncio.Task[None]":
        """The same for a decision of somebody. InvalidEvent: it is larger than a record may be."""
        value = command.model_dump_json().encode()
        if len(value) > MAX_COMMAND_BYTES:
            raise InvalidEvent("oversized", f"{len(value):,} bytes for one command; take fewer")
        key = command.targets[0].id.encode()
        return await self._send(self._commands, key, value, [], (_COMMANDS, 1))

    async def send_dead(
        self, origin: str, value: bytes, record_headers: Headers
    ) -> "asyncio.Task[None]":
        """The same for a dead letter of something that never became a record of a topic."""
        return await self._send(self._dlq, origin.encode(), value, record_headers, (_DEAD, 1))

    async def send_again(
        self, topic: str, key: bytes, value: bytes, record_headers: Headers
    ) -> "asyncio.Task[None]":
        """The same for a dead letter that goes back to the topic that it came from."""
        return await self._send(topic, key, value, record_headers, (_AGAIN, 1))

    async def send_refused(self, refused: Refused) -> "asyncio.Task[None]":
        """The same for the dead letter of something that an edge could not use."""
        return await self.send_dead(refused.topic, refused.value, refused.headers())

    async def probe(self, seconds: float) -> None:
        """Ask the broker something real. Raises Unavailable when it has not answered by then."""
        if self._producer is None:
            raise RuntimeError("the Publisher was not entered")
        try:
            async with asyncio.timeout(seconds):
                await metadata.cluster_id(self._producer.client)
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unavailable("Kafka", _said(error, self._settings)) from error

    async def _send(
        self, topic: str, key: bytes, value: bytes, found: Headers, count: tuple[Counter, int]
    ) -> "asyncio.Task[None]":
        producer = self._producer
        if producer is None:
            raise RuntimeError("the Publisher was not entered")
        self._refuse_on_full_disk()
        await self._free.acquire()
        handed_over = False
        try:
            acknowledgement = await producer.send(topic, key=key, value=value, headers=found)
            handed_over = True
        except KafkaError as error:
            raise Unavailable("Kafka", _said(error, self._settings)) from error
        finally:
            if not handed_over:  # refused, or the caller was cancelled
                self._free.release()
        return asyncio.create_task(self._acknowledged(acknowledgement, count))

    async def _find_topics(self, producer: AIOKafkaProducer) -> None:
        """A record for a topic that is missing would wait until it times out, so ask first."""
        for _ in range(_TOPIC_LOOKS):
            wanted = (self._logs, self._metrics, self._commands, self._dlq)
            found = await metadata.partitions(producer.client, wanted)
            missing = [topic for topic in wanted if topic not in found]
            if not missing:
                self._partitions = found[self._metrics]
                return
            await asyncio.sleep(_TOPIC_PAUSE)
        raise Unavailable(f"the topic {missing[0]}", "`foreshock up` makes it")

    async def _acknowledged(
        self, acknowledgement: "asyncio.Future[RecordMetadata]", count: tuple[Counter, int]
    ) -> None:
        counter, number = count
        try:
            await acknowledgement
        except KafkaError as error:
            raise Unavailable("Kafka", _said(error, self._settings)) from error
        finally:
            self._free.release()
        self.acknowledged_at = time.monotonic()
        counter.inc(number)
        _RECORDS.inc()

    def _refuse_on_full_disk(self) -> None:
        """Only where the broker is the embedded one; looked at every few seconds."""
        now = time.monotonic()
        if now - self._disk_checked < _DISK_CHECK_SECONDS:
            return
        fault = instance_disk_fault(self._settings.data_dir, self._settings.disk_floor_gib)
        if fault is not None:
            raise Unavailable(DISK, fault, retry_after=_DISK_CHECK_SECONDS)
        self._disk_checked = now


def _chosen(batch: MetricBatch, rows: list[int]) -> MetricBatch:
    return msgspec.structs.replace(
        batch,
        host=[batch.host[row] for row in rows],
        metric=[batch.metric[row] for row in rows],
        time_ms=[batch.time_ms[row] for row in rows],
        value=[batch.value[row] for row in rows],
    )


def _said(error: BaseException, settings: Settings) -> str:
    where = settings.kafka_bootstrap_servers or "no address"
    return f"{where}: {str(error) or type(error).__name__}"


async def _let_go(producer: AIOKafkaProducer) -> None:
    """Ends a producer whose stop was cut off while it waited for the broker: that has left its
    sender at work and its connections open, and a second stop does nothing.
    """
    sender = producer._sender.sender_task
    if sender is not None and not sender.done():
        sender.cancel()
        await asyncio.wait({sender}, timeout=_LET_GO_SECONDS)
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(_LET_GO_SECONDS):
            await producer.client.close()
