"""From lines to durable counts: nothing lost, nothing twice, whatever happens to the workers."""

import asyncio
import random
from collections import Counter

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from agents.app import group
from connectors import patterns
from connectors.kafka import client_options, topic_name
from connectors.topics import ensure_topics
from schemas.logs import LogBatch
from schemas.settings import Settings
from schemas.topics import LOG_ENTRIES, LOGS_RAW, PATTERNS
from tests.flows.truth import counted
from tests.stack import RunningStack
from tests.workers import Workers, books, installation, produce, publish, running, settled

_VERBS = ("opened", "closed", "refused", "lost", "moved")


def batches(count: int, lines: int, seed: int = 1) -> list[LogBatch]:
    """Lines of a made-up service, reproducible."""
    random_ = random.Random(seed)
    made = []
    for number in range(count):
        texts = [
            f"2026-11-23T10:{random_.randrange(60):02}:{random_.randrange(60):02}Z "
            f"web-{number % 3} INFO connection {random_.randrange(10**6)} {random_.choice(_VERBS)}"
            for _ in range(lines)
        ]
        made.append(LogBatch(f"source-{number % 5}", [text.encode() for text in texts]))
    return made


def truth(made: list[LogBatch]) -> Counter[str]:
    """Lines by source."""
    sums: Counter[str] = Counter()
    for batch in made:
        sums[batch.source] += len(batch.lines)
    return sums


def test_counts_equal_the_lines_sent(stack: RunningStack) -> None:
    made = batches(40, 250)
    with running(stack) as workers:
        asyncio.run(publish(workers.settings, made))
        ledger = settled(workers, 10_000)
        assert ledger.balanced, ledger.faults
        assert counted(workers.settings) == truth(made)
        assert {n: line.parsed for n, line in books(ledger).items()} == truth(made)
        views, members = patterns.load(workers.settings)
        assert sum(view.count for view in views) == 10_000
        found = asyncio.run(patterns.samples(workers.settings, members))
        sent = {line.decode() for batch in made for line in batch.lines}
        assert {sample.text for sample in found} <= sent


def test_two_workers_a_rebalance_and_a_rolling_restart_lose_nothing(stack: RunningStack) -> None:
    made = batches(300, 100)
    with running(stack, ("ingest", "persist", "persist")) as workers:
        asyncio.run(publish(workers.settings, made[:100]))
        workers.start("ingest-9")
        asyncio.run(publish(workers.settings, made[100:200]))
        workers.wait_ready("ingest-0", "ingest-9", "persist-1", "persist-2")
        assert workers.stop("ingest-0") == 0
        workers.start("ingest-0")
        assert workers.stop("persist-1") == 0
        asyncio.run(publish(workers.settings, made[200:]))
        ledger = settled(workers, 30_000)
        assert ledger.balanced, ledger.faults
        assert counted(workers.settings) == truth(made)


def test_killed_workers_start_where_they_were(stack: RunningStack) -> None:
    made = batches(400, 100, seed=2)
    with running(stack) as workers:
        sending = [made[i : i + 100] for i in range(0, 400, 100)]
        for part in sending:
            asyncio.run(publish(workers.settings, part))
            workers.kill("ingest-0")
            workers.kill("persist-1")
            workers.start("ingest-0")
            workers.start("persist-1")
        ledger = settled(workers, 40_000)
        assert ledger.balanced, ledger.faults
        assert counted(workers.settings) == truth(made)


@pytest.mark.parametrize("app", ["ingest", "persist"])
def test_every_record_delivered_twice_counts_once(stack: RunningStack, app: str) -> None:
    made = batches(40, 50, seed=3)
    settings = installation(stack)
    asyncio.run(publish(settings, made))
    with Workers(settings, ("ingest", "persist")) as workers:
        settled(workers, 2_000)
        workers.wait_ready("ingest-0", "persist-1")
        for name in list(workers.running):
            workers.stop(name)
        asyncio.run(forget_offsets(settings, app))
        for name in ("ingest-0", "persist-1"):
            workers.start(name)
        asyncio.run(publish(settings, batches(4, 50, seed=4)))
        ledger = settled(workers, 2_200)
        assert ledger.balanced, ledger.faults
        assert sum(counted(settings).values()) == 2_200


async def forget_offsets(settings: Settings, app: str) -> None:
    """As if the worker had died before its first commit, and its miner with it."""
    topic = topic_name(settings, LOGS_RAW if app == "ingest" else LOG_ENTRIES)
    consumer = AIOKafkaConsumer(
        **client_options(settings), group_id=group(settings, app), enable_auto_commit=False
    )
    await consumer.start()
    partitions = [TopicPartition(topic, number) for number in range(settings.topic_partitions)]
    consumer.assign(partitions)
    await consumer.commit(dict.fromkeys(partitions, 0))
    await consumer.stop()
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    patterns = topic_name(settings, PATTERNS)
    await admin.delete_topics([patterns])
    for _ in range(200):
        if patterns not in await admin.list_topics():
            break
        await asyncio.sleep(0.05)  # who makes what is missing would still find it
    await admin.close()
    await asyncio.to_thread(ensure_topics, settings)


def test_what_strangers_publish_is_counted(stack: RunningStack) -> None:
    records: list[tuple[bytes | None, bytes, list[tuple[str, bytes]]]] = [
        (b"app-1", b'{"message": "hello", "level": "error", "ts": 1763900000}', []),
        (b"app-1", b'[{"msg": "a"}, {"log": "b"}, "c"]', []),
        (b"app-2", b'{"msg": "x"}\n{"msg": "y"}\n', []),
        (None, b"plain one\r\nplain two\n\nlast", [("source", b"named")]),
        (None, b"orphan", []),
        (b"app-3", b"", []),
    ]
    with running(stack) as workers:
        asyncio.run(produce(workers.settings, records))
        ledger = settled(workers, 11)
        assert ledger.balanced, ledger.faults
        topic = workers.settings.topic_prefix + "logs.raw"
        assert counted(workers.settings) == {"app-1": 4, "app-2": 2, "named": 4, topic: 1}


def test_confluent_kafka_is_a_stranger_too(stack: RunningStack) -> None:
    from confluent_kafka import Producer

    with running(stack) as workers:
        producer = Producer({"bootstrap.servers": stack.kafka, "linger.ms": 0})
        for number in range(500):
            producer.produce(
                workers.settings.topic_prefix + "logs.raw",
                value=f"request {number} done".encode(),
                key=b"librdkafka",
            )
            producer.poll(0)
        assert producer.flush(30) == 0
        ledger = settled(workers, 500)
        assert ledger.balanced, ledger.faults
        assert counted(workers.settings) == {"librdkafka": 500}
