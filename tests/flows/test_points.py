"""From metric points to their history: nothing lost, nothing twice, the last value wins."""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from agents.app import group
from connectors import deadletters
from connectors.kafka import client_options, topic_name
from connectors.publish import Publisher, metric_headers
from schemas.metrics import MetricBatch, encode_metrics
from schemas.settings import Settings
from schemas.topics import METRICS_RAW
from tests.flows.points import (
    Record,
    kept,
    last,
    metric_books,
    publish_points,
    record_of,
    settled_points,
)
from tests.flows.truth import execute
from tests.stack import RunningStack
from tests.workers import Workers, installation, running

NOW_MS = int(time.time() * 1000)
MINUTE_MS = 60_000


def batches(count: int, points: int, seed: int = 1) -> list[MetricBatch]:
    """Points of a made-up fleet, reproducible; some series and times come again, with new values.

    A source keeps to its hosts, so that its batches are in order.
    """
    random_ = random.Random(seed)
    made = []
    for number in range(count):
        source = f"fleet-{number % 5}"
        rows = [
            (
                f"{source}-{random_.randrange(4)}",
                random_.choice(["cpu_usage", "load1", "disk_used_percent[/var]"]),
                NOW_MS - random_.randrange(200) * MINUTE_MS,
                random_.random() * 100,
            )
            for _ in range(points)
        ]
        columns: list[Any] = [list(column) for column in zip(*rows, strict=True)]
        made.append(MetricBatch(source, *columns))
    return made


async def send(settings: Settings, made: list[MetricBatch]) -> None:
    """As an edge of ours does."""
    async with Publisher(settings) as publisher:
        for task in [await publisher.send_metrics(b, metric_headers(b, None)) for b in made]:
            await task


def test_the_last_value_of_each_time_is_kept_and_the_books_balance(stack: RunningStack) -> None:
    made = batches(40, 50)
    with running(stack, ("persist",)) as workers:
        asyncio.run(publish_points(workers.settings, [record_of(b) for b in made]))
        ledger = settled_points(workers, 2_000)
        assert ledger.balanced, ledger.faults
        truth = last(made)
        assert kept(workers.settings) == truth
        books = metric_books(ledger)
        for source, line in books.items():
            stored = len([1 for host, _, _ in truth if host.startswith(source)])
            assert (line.accepted, line.stored) == (400, stored)
            assert line.deduplicated == 400 - stored
        assert ledger.sources == []


def test_points_that_come_again_overwrite_and_count_for_the_source_that_sent_them(
    stack: RunningStack,
) -> None:
    first, second = batches(15, 20), batches(5, 20, seed=1)[:2] + batches(3, 20, seed=9)
    second = [
        MetricBatch(b.source, b.host, b.metric, b.time_ms, [v + 1 for v in b.value]) for b in second
    ]
    with running(stack, ("persist",)) as workers:
        asyncio.run(publish_points(workers.settings, [record_of(b) for b in first], partition=0))
        before = metric_books(settled_points(workers, 300))
        asyncio.run(publish_points(workers.settings, [record_of(b) for b in second], partition=0))
        ledger = settled_points(workers, 400)
        assert ledger.balanced, ledger.faults
        known, truth = last(first), last([*first, *second])
        assert kept(workers.settings) == truth
        for source, line in metric_books(ledger).items():
            fresh = {key for key in truth if key not in known and key[0].startswith(source)}
            assert line.stored - before[source].stored == len(fresh)


def test_strangers_and_edges_side_by_side(stack: RunningStack) -> None:
    second = NOW_MS // 1000
    telegraf = {
        "metrics": [
            {
                "name": "cpu",
                "fields": {"usage_idle": 80.0, "usage_user": 12},
                "tags": {"host": "t1", "cpu": "cpu-total"},
                "timestamp": second,
            },
            {
                "name": "disk",
                "fields": {"used_percent": 41.5},
                "tags": {"host": "t1", "path": "/var", "fstype": "xfs"},
                "timestamp": second,
            },
        ]
    }
    lines = b"".join(
        json.dumps({"host": "n1", "ts": NOW_MS + n, "load1": n}).encode() + b"\n" for n in range(3)
    )
    flat = json.dumps({"hostname": "f1", "timestamp": second, "cpu_usage_percent": 7, "v": "x"})
    ours = MetricBatch("edge", ["", "o1"], ["load5", "x"], [NOW_MS, NOW_MS], [1.0, 2.0])
    records: list[Record] = [
        (b"telegraf", json.dumps(telegraf).encode(), []),
        (b"script", lines, []),
        (None, flat.encode(), [("source", b"named")]),
        record_of(ours),
        (b"empty", b"", []),
    ]
    with running(stack, ("persist",)) as workers:
        asyncio.run(publish_points(workers.settings, records))
        ledger = settled_points(workers, 9)
        assert ledger.balanced, ledger.faults
        at = second * 1000
        assert kept(workers.settings) == {
            ("t1", "cpu_usage", at): 20.0,
            ("t1", "cpu_user", at): 12.0,
            ("t1", "disk_used_percent[/var]", at): 41.5,
            **{("n1", "load1", NOW_MS + n): float(n) for n in range(3)},
            ("f1", "cpu_usage", at): 7.0,
            ("edge", "load5", NOW_MS): 1.0,
            ("o1", "x", NOW_MS): 2.0,
        }
        stored = {name: line.stored for name, line in metric_books(ledger).items()}
        assert stored == {"telegraf": 3, "script": 3, "named": 1, "edge": 2, "empty": 0}


def test_a_range_that_is_sent_again_is_deduplicated(stack: RunningStack) -> None:
    batch = batches(1, 30)[0]
    distinct = len(last([batch]))
    with running(stack, ("persist",)) as workers:
        for _ in range(2):
            asyncio.run(publish_points(workers.settings, [record_of(batch, "key-1")]))
        ledger = settled_points(workers, 60)
        assert ledger.balanced, ledger.faults
        line = metric_books(ledger)[batch.source]
        assert (line.stored, line.deduplicated) == (distinct, 60 - distinct)


def test_every_record_delivered_twice_changes_nothing(stack: RunningStack) -> None:
    made = batches(40, 20, seed=3)
    settings = installation(stack)
    asyncio.run(send(settings, made))
    with Workers(settings, ("persist",)) as workers:
        before = settled_points(workers, 800)
        workers.wait_ready("persist-0")
        workers.stop("persist-0")
        asyncio.run(forget_point_offsets(settings))
        workers.start("persist-0")
        extra = MetricBatch("late", ["l"], ["x"], [NOW_MS], [1.0])
        asyncio.run(send(settings, [extra]))
        ledger = settled_points(workers, 801)
        assert ledger.balanced, ledger.faults
        known = metric_books(before)
        assert {n: line for n, line in metric_books(ledger).items() if n != "late"} == known


async def forget_point_offsets(settings: Settings) -> None:
    """As if the worker had died before its first commit."""
    consumer = AIOKafkaConsumer(
        **client_options(settings), group_id=group(settings, "persist"), enable_auto_commit=False
    )
    await consumer.start()
    topic = topic_name(settings, METRICS_RAW)
    partitions = [TopicPartition(topic, number) for number in range(settings.topic_partitions)]
    consumer.assign(partitions)
    await consumer.commit(dict.fromkeys(partitions, 0))
    await consumer.stop()


@pytest.fixture
def commits_held(stack: RunningStack) -> Iterator[tuple[Settings, psycopg.Connection]]:
    """An installation whose transactions of points wait at their commit until the lock is free."""
    settings = installation(stack)
    execute(
        settings,
        "create function held() returns trigger language plpgsql as $$"
        " begin perform pg_advisory_xact_lock(42); return null; end $$;"
        "create constraint trigger held after insert on point_batches"
        " deferrable initially deferred for each row execute function held()",
    )
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(42)")
        yield settings, connection


@pytest.mark.parametrize("committed", [False, True])
def test_kill_between_write_and_acknowledgement_changes_nothing(
    commits_held: tuple[Settings, psycopg.Connection], committed: bool
) -> None:
    settings, connection = commits_held
    made = batches(10, 20, seed=5)
    asyncio.run(publish_points(settings, [record_of(b) for b in made]))
    waiting = (
        "select pid from pg_locks where locktype = 'advisory' and objid = 42 and not granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    with Workers(settings, ("persist",)) as workers:
        until = time.monotonic() + 60
        while not (pids := connection.execute(waiting).fetchall()):
            assert time.monotonic() < until, workers.log.read_text()[-5000:]
            time.sleep(0.05)
        workers.kill("persist-0")
        if not committed:
            for (pid,) in pids:
                connection.execute("select pg_terminate_backend(%s, 10000)", (pid,))
            assert kept(settings) == {}
        connection.execute("select pg_advisory_unlock(42)")
        workers.start("persist-0")
        ledger = settled_points(workers, 200)
        assert ledger.balanced, ledger.faults
        assert kept(settings) == last(made)
        assert sum(line.accepted for line in ledger.metrics) == 200


def test_poison_neither_stops_nor_vanishes(stack: RunningStack) -> None:
    random_ = random.Random(7)
    whole = encode_metrics(MetricBatch("cut", ["h"], ["x"], [NOW_MS], [1.0]))
    uneven = encode_metrics(MetricBatch("cut", ["h"], ["x", "y"], [NOW_MS], [1.0]))
    ours = metric_headers(MetricBatch("cut", ["h"], ["x"], [NOW_MS], [1.0]), None)
    bad = MetricBatch(
        "mixed",
        ["h"] * 6,
        ["nan", "inf", "old", "new", "n" * 2**20, "good\x00"],
        [NOW_MS, NOW_MS, 1, 4_102_444_800_000, NOW_MS, NOW_MS],
        [float("nan"), float("inf"), 1.0, 1.0, 1.0, 5.0],
    )
    records: list[Record] = [
        (b"cut", whole[: len(whole) // 2], ours),
        (b"cut", uneven, ours),
        (b"future", whole, [("schema", b"MetricBatch/99")]),
        *((b"noise", random_.randbytes(500), []) for _ in range(10)),
        (b"deep", b'{"a":' * 100_000, []),
        (b"dates", b'[{"x":1,"ts":1},{"x":1,"ts":"2100-01-01T00:00:00Z"},{"x":3}]', []),
        (b"names", b'{"' + b"n" * 2**20 + b'":1}', []),
        (b"none", b'{"message": "no metric"}', []),
        (b"text", b"a line of a log\nand another", []),
        record_of(bad),
        ("\U0001f4a5\x00".encode() * 300, b'{"load1": 1, "time": "\\ud800"}', []),
        (b"after", b'{"load1": 1}', []),
    ]
    with running(stack, ("persist",)) as workers:
        asyncio.run(publish_points(workers.settings, records))
        ledger = settled_points(workers, 2 + 1 + 10 + 1 + 3 + 1 + 1 + 2 + 6 + 1 + 1)
        assert ledger.balanced, ledger.faults
        books = metric_books(ledger)
        assert (books["cut"].dead_lettered, books["future"].dead_lettered) == (2, 1)
        assert (books["dates"].dead_lettered, books["dates"].stored) == (2, 1)
        assert (books["mixed"].dead_lettered, books["mixed"].stored) == (5, 1)
        assert books["after"].stored == 1
        letters = asyncio.run(deadletters.read_all(workers.settings))
        dead = sum(line.dead_lettered for line in ledger.metrics)
        assert sum(letter.points for letter in letters) == dead
        assert {letter.stage for letter in letters} == {"keep"}
        reasons = {letter.reason for letter in letters}
        assert {"undecodable", "unknown version", "too old", "too new"} <= reasons
        assert {"not a number", "oversized", "no metric", "bad time"} <= reasons


def test_a_dead_point_comes_back_once(stack: RunningStack) -> None:
    old = MetricBatch("edge", ["h"] * 2, ["x", "y"], [1, NOW_MS], [1.0, 2.0])
    with running(stack, ("persist",)) as workers:
        asyncio.run(publish_points(workers.settings, [record_of(old)]))
        settled_points(workers, 2)
        [letter] = asyncio.run(deadletters.read_all(workers.settings))
        asyncio.run(deadletters.replay(workers.settings, [letter]))  # fails again: still dead
        before = metric_books(settled_points(workers, 2))["edge"]
        assert (before.accepted, before.dead_lettered) == (2, 1)
        mended = letter.model_copy(
            update={"value": letter.value.replace(b'"timestamp":1', b'"timestamp":%d' % NOW_MS)}
        )
        for _ in range(2):
            asyncio.run(deadletters.replay(workers.settings, [mended]))
            ledger = settled_points(workers, 2)
        assert ledger.balanced, ledger.faults
        line = metric_books(ledger)["edge"]
        assert (line.accepted, line.stored, line.dead_lettered) == (2, 2, 0)
        assert kept(workers.settings) == {("h", "x", NOW_MS): 1.0, ("h", "y", NOW_MS): 2.0}
        [letter] = asyncio.run(deadletters.read_all(workers.settings))
        assert letter.brought_back
