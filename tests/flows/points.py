"""What Postgres keeps of metric points, in plain SQL, and the truth to hold it against."""

import asyncio
import time
from collections.abc import Iterable, Sequence

import psycopg
from aiokafka import AIOKafkaProducer

from connectors.kafka import producer_options, topic_name
from connectors.ledger import draw_up
from connectors.publish import metric_headers
from schemas.headers import Headers
from schemas.ledger import Ledger, MetricLine
from schemas.metrics import MetricBatch, encode_metrics
from schemas.settings import Settings
from schemas.topics import METRICS_RAW
from tests.workers import Workers

Kept = dict[tuple[str, str, int], float]
Record = tuple[bytes | None, bytes, Headers]


def kept(settings: Settings) -> Kept:
    """Every point by (host, metric, time)."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        rows = connection.execute(
            "select host, metric, time_ms, value"
            " from metric_points join metric_series on id = series"
        ).fetchall()
    return {(host, metric, time_ms): value for host, metric, time_ms, value in rows}


def last(batches: Iterable[MetricBatch]) -> Kept:
    """What has to be kept of batches that were published in this order to one partition."""
    return {
        (host or batch.source, metric, time_ms): value
        for batch in batches
        for host, metric, time_ms, value in zip(
            batch.host, batch.metric, batch.time_ms, batch.value, strict=True
        )
    }


def metric_books(ledger: Ledger) -> dict[str, MetricLine]:
    """The ledger's lines of points by source."""
    return {line.source: line for line in ledger.metrics}


def record_of(batch: MetricBatch, part: str | None = None) -> Record:
    """The record as an edge of ours writes it."""
    return (batch.source.encode(), encode_metrics(batch), metric_headers(batch, part))


async def publish_points(
    settings: Settings, records: Sequence[Record], partition: int | None = None
) -> None:
    """Records to metrics.raw, all acknowledged at the end; anybody's producer could do it."""
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    try:
        topic = topic_name(settings, METRICS_RAW)
        pending = [
            await producer.send(topic, value, key=key, headers=found, partition=partition)
            for key, value, found in records
        ]
        await asyncio.gather(*pending)
    finally:
        await producer.stop()


def settled_points(workers: Workers, points: int) -> Ledger:
    """The ledger once so many points were accepted and nothing is in flight."""
    until = time.monotonic() + 60
    while True:
        ledger = asyncio.run(draw_up(workers.settings))
        if ledger.in_flight == 0 and sum(line.accepted for line in ledger.metrics) >= points:
            return ledger
        assert time.monotonic() < until, f"{ledger}\n{workers.log.read_text()[-5000:]}"
        workers.restart_dead()
        time.sleep(0.2)
