"""The demo source against a real broker: its past, its present, its fault, and being killed."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.kafka import client_options, topic_name
from connectors.sources import demo
from connectors.sources.edge import Edge, open_edge
from connectors.sources.shop.faults.catalogue import FAULTS
from connectors.sources.shop.faults.fault import Injected
from connectors.sources.shop.fleet import HOSTS
from connectors.sources.shop.shop import Shop
from connectors.sources.shop.slices import PAST_SECONDS
from schemas.demo import SOURCE_PREFIX
from schemas.metrics import MetricBatch, decode_metrics
from schemas.settings import Settings
from schemas.topics import METRICS_RAW
from tests.connectors.sources.support import Record, arrived, fresh, lines_of, until
from tests.stack import RunningStack

Range = tuple[int, int]


async def measured(settings: Settings) -> list[MetricBatch]:
    """Every record of metrics.raw."""
    topic = topic_name(settings, METRICS_RAW)
    consumer = AIOKafkaConsumer(**client_options(settings), auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(settings.topic_partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found = []
        while any([await consumer.position(part) < ends[part] for part in partitions]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += [decode_metrics(message.value) for message in messages]
        return found
    finally:
        await consumer.stop()


async def run(settings: Settings, *, live: int | None = None) -> None:
    """Let the source publish one more slice, or `live` seconds of its present, then cut it off."""
    async with open_edge(settings) as edge:
        before, began = taken(edge), int(time.time())
        task = asyncio.create_task(demo.poll(edge, settings))
        if live is None:
            await until(lambda: taken(edge) > before, 60)
        else:
            # The past, which ends when the source begins, on a slow machine a while after this.
            await until(lambda: taken(edge) >= began, 60)
            aim = int(time.time()) + live
            await until(lambda: taken(edge) >= aim, 60)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def taken(edge: Edge) -> int:
    """Up to when everything is acknowledged."""
    return int(edge.book.cursors("demo:1")[0] or 0)


def assert_no_overlap(records: Iterable[Record]) -> None:
    """Of each stream the ranges are distinct and do not overlap; repeats are equal."""
    streams: dict[str, dict[Range, list[bytes]]] = defaultdict(dict)
    for record in records:
        span = (record.start, record.end)
        known = streams[record.fingerprint].setdefault(span, record.batch.lines)
        assert known == record.batch.lines, "a repeat differs"
    for ranges in streams.values():
        spans = sorted(ranges)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.stack
async def test_the_past_is_marked_and_the_present_goes_on_where_it_ends(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path, demo_fleet=True, demo_fault="none")
    await run(settings, live=1)
    records = await arrived(settings)
    assert_no_overlap(records)
    assert all(record.batch.demo for record in records)
    assert {r.batch.source for r in records} == {f"{SOURCE_PREFIX}{h.name}" for h in HOSTS}
    past = [record for record in records if record.batch.imported]
    live = [record for record in records if not record.batch.imported]
    assert live
    assert max(record.end for record in past) <= min(record.start for record in live)
    assert min(r.start for r in past) <= min(r.start for r in live) - PAST_SECONDS
    assert 60_000 <= sum(len(record.batch.lines) for record in past) <= 150_000
    batches = await measured(settings)
    assert {batch.source for batch in batches} == {record.batch.source for record in records}
    assert all(batch.demo for batch in batches)
    newest_past = max(t for batch in batches if batch.imported for t in batch.time_ms)
    assert all(t > newest_past for b in batches if not b.imported for t in b.time_ms)


@pytest.mark.stack
async def test_cut_off_at_any_time_every_line_arrives_once(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path, demo_fleet=True, demo_fault_after=0)
    for live in (None, None, 0, 2, 1):
        await run(settings, live=live)
    async with open_edge(settings) as edge:
        injected, _ = edge.book.cursors("demo:1:fault")
    name, onset, number = injected.split()
    assert (name, number) == ("pool_exhausted", "1")
    records = await arrived(settings)
    assert_no_overlap(records)
    start, stop = min(r.start for r in records), max(r.end for r in records)
    seen = Shop(1, start, [Injected(FAULTS[name], float(onset))]).step(stop).lines
    said = Counter(line for lines in seen.values() for line in lines)
    assert lines_of(records) == said
