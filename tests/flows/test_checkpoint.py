"""State that is checkpointed equals that of an undisturbed run, however often its worker dies."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents.app import group
from agents.engine.shards import Newest, Shards
from connectors.kafka import client_options, producer_options
from connectors.topic_log import open_log
from schemas.settings import Settings, as_environment, child_environment
from tests.flows.summing import INPUT, PARTITIONS, TABLE
from tests.stack import RunningStack
from tests.workers import ROOT, installation

_NUMBERS = 60_000
_PATIENCE_SECONDS = 90.0


def changelog(settings: Settings) -> str:
    """The topic that Faust keeps the table in."""
    return f"{group(settings, 'summing')}-{TABLE}-changelog"


async def make_topics(settings: Settings) -> None:
    """Input and changelog; the changelog is compact only."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    compact = {"cleanup.policy": "compact"}
    await admin.create_topics(
        [
            NewTopic(settings.topic_prefix + INPUT, PARTITIONS, 1),
            NewTopic(changelog(settings), PARTITIONS, 1, topic_configs=compact),
        ]
    )
    await admin.close()


async def send_numbers(settings: Settings, count: int = _NUMBERS) -> Counter[int]:
    """The true sum of each partition."""
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    chance = random.Random(5)
    truth: Counter[int] = Counter()
    pending = []
    for _ in range(count):
        partition, number = chance.randrange(PARTITIONS), chance.randrange(1_000)
        truth[partition] += number
        topic = settings.topic_prefix + INPUT
        pending.append(await producer.send(topic, b"%d" % number, partition=partition))
    await asyncio.gather(*pending)
    await producer.stop()
    return truth


async def sums(settings: Settings) -> dict[int, int]:
    """What the last checkpoint of each shard says."""
    newest, shards = Newest(), Shards()
    async with open_log(settings, changelog(settings)) as log:
        for partition, (start, end) in (await log.bounds()).items():
            async for record in log.read(partition, start, end):
                newest.read(record.key, record.value)
    shards.restore(newest.values)
    return {int(key.partition(b"/")[0]): int(shards.state(key) or b"0") for key in shards}


def start(settings: Settings) -> subprocess.Popen[bytes]:
    """A worker with this state."""
    with (settings.data_dir / "summing.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.flows.summing"],
            env=child_environment(**as_environment(settings)),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )


def test_sums_are_exact_over_two_deaths(stack: RunningStack) -> None:
    settings = installation(stack)
    asyncio.run(make_topics(settings))
    truth = asyncio.run(send_numbers(settings))
    deaths = 0
    worker = start(settings)
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while (found := asyncio.run(sums(settings))) != truth:
            assert time.monotonic() < until, (found, truth)
            if deaths < 2 and sum(found.values()) > (deaths + 1) * sum(truth.values()) // 4:
                worker.kill()
                worker.wait()
                deaths += 1
                worker = start(settings)
            time.sleep(0.1)
    finally:
        worker.kill()
        worker.wait()
    assert deaths == 2


def _wait_sums(settings: Settings, truth: Mapping[int, int]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while (found := asyncio.run(sums(settings))) != truth:
        log = (settings.data_dir / "summing.log").read_text()
        assert time.monotonic() < until, (found, truth, log[-5000:])
        time.sleep(0.1)


def _end(*workers: subprocess.Popen[bytes]) -> None:
    for worker in workers:
        worker.kill()
        worker.wait()


async def _make_input_anew(settings: Settings) -> None:
    """Deletes the input with all that is in it, and makes it again."""
    topic = settings.topic_prefix + INPUT
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    await admin.delete_topics([topic])
    until = time.monotonic() + _PATIENCE_SECONDS
    while topic in await admin.list_topics():
        assert time.monotonic() < until
        await asyncio.sleep(0.1)
    await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
    await admin.close()


def test_an_input_that_began_anew_is_read_from_its_beginning(stack: RunningStack) -> None:
    settings = installation(stack)
    asyncio.run(make_topics(settings))
    truth = asyncio.run(send_numbers(settings, 2_000))
    worker = start(settings)
    try:
        _wait_sums(settings, truth)
        _end(worker)
        asyncio.run(_make_input_anew(settings))
        truth += asyncio.run(send_numbers(settings, 1_000))
        worker = start(settings)
        _wait_sums(settings, truth)
        assert "input_began_anew" in (settings.data_dir / "summing.log").read_text()
        _end(worker)
        truth += asyncio.run(send_numbers(settings, 1_500))  # beyond the old end again
        worker = start(settings)
        _wait_sums(settings, truth)
    finally:
        _end(worker)


def test_a_worker_that_was_paused_overwrites_nothing(stack: RunningStack) -> None:
    settings = installation(stack)
    asyncio.run(make_topics(settings))
    paused, other = start(settings), start(settings)
    try:
        truth = asyncio.run(send_numbers(settings, 4_000))
        _wait_sums(settings, truth)
        for _ in range(10):  # so that it has something to write when it goes on
            truth += asyncio.run(send_numbers(settings, 400))
            time.sleep(0.02)
        paused.send_signal(signal.SIGSTOP)
        truth += asyncio.run(send_numbers(settings, 4_000))
        _wait_sums(settings, truth)  # the other has taken over
        paused.send_signal(signal.SIGCONT)
        truth += asyncio.run(send_numbers(settings, 4_000))
        _wait_sums(settings, truth)
        _end(other)
        truth += asyncio.run(send_numbers(settings, 1_000))
        _wait_sums(settings, truth)  # the one that was paused goes on from what the other wrote
    finally:
        _end(paused, other)
