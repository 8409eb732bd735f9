"""Entries that retention deleted while persist was down: their records are counted all the same."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from pydantic import SecretStr

from agents.app import group
from connectors.groups import read_through
from connectors.kafka import client_options, topic_name
from connectors.ledger import draw_up
from connectors.topic_log import open_log
from schemas.ledger import Ledger
from schemas.settings import Settings
from schemas.topics import LOG_ENTRIES, LOGS_RAW, Topic
from tests.flows.test_exact_path import batches
from tests.stack import RunningStack
from tests.workers import Workers, publish, running, settled

_SECONDS = 150.0  # a worker that ends itself comes back when its group has missed it


@pytest.fixture
def workers(stack: RunningStack) -> Iterator[Workers]:
    """An installation whose books balance over 1,000 lines, and whose persist was then stopped."""
    with running(stack) as found:
        asyncio.run(publish(found.settings, batches(20, 50)))
        assert settled(found, 1_000).balanced
        assert found.stop("persist-1") == 0
        yield found


async def bounds_of(settings: Settings, topic: Topic) -> dict[int, tuple[int, int]]:
    async with open_log(settings, topic_name(settings, topic)) as log:
        return await log.bounds()


async def expire(settings: Settings, topic: Topic, ends: dict[int, int]) -> None:
    """What retention does, up to these offsets."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    name = topic_name(settings, topic)
    await admin.delete_records(
        {TopicPartition(name, p): RecordsToDelete(end) for p, end in ends.items()}
    )
    await admin.close()


def parsed_by_ingest(settings: Settings) -> None:
    """Waits until ingest has committed all that is in logs.raw."""
    until = time.monotonic() + _SECONDS
    name = topic_name(settings, LOGS_RAW)
    while True:
        bounds = asyncio.run(bounds_of(settings, LOGS_RAW))
        read = asyncio.run(read_through(settings, group(settings, "ingest"), bounds, name))
        if all(read[p] >= end for p, (_, end) in bounds.items()):
            return
        assert time.monotonic() < until, (bounds, read)
        time.sleep(0.2)


def publish_unseen(settings: Settings, seed: int) -> None:
    """1,000 lines whose entries no persist will see: they expire."""
    asyncio.run(publish(settings, batches(20, 50, seed=seed)))
    parsed_by_ingest(settings)
    ends = {p: end for p, (_, end) in asyncio.run(bounds_of(settings, LOG_ENTRIES)).items()}
    asyncio.run(expire(settings, LOG_ENTRIES, ends))


def test_their_records_are_read_again(workers: Workers) -> None:
    settings = workers.settings
    publish_unseen(settings, seed=5)
    asyncio.run(publish(settings, batches(20, 50, seed=6)))
    workers.start("persist-1")
    ledger = settled(workers, 3_000, _SECONDS)
    assert ledger.balanced, ledger.faults
    assert sum(line.parsed for line in ledger.sources) == 3_000


def test_where_nothing_follows_they_are_read_again_too(workers: Workers) -> None:
    publish_unseen(workers.settings, seed=5)
    workers.start("persist-1")
    ledger = settled(workers, 2_000, _SECONDS)
    assert ledger.balanced, ledger.faults
    assert sum(line.parsed for line in ledger.sources) == 2_000


def test_what_the_log_has_lost_too_is_an_expired_row_and_the_rest_is_exact(
    workers: Workers,
) -> None:
    settings = workers.settings
    publish_unseen(settings, seed=5)
    asyncio.run(publish(settings, batches(20, 50, seed=6)))
    parsed_by_ingest(settings)
    # The log of lines is cut behind the hole: rows of what followed it will be there already.
    ends = {p: end for p, (_, end) in asyncio.run(bounds_of(settings, LOGS_RAW)).items()}
    asyncio.run(expire(settings, LOGS_RAW, ends))
    workers.start("persist-1")
    behind_the_hole(workers, 2_000)
    asyncio.run(publish(settings, batches(20, 50, seed=7)))
    ledger = closed(workers, 3_000)
    assert sum(line.parsed for line in ledger.sources) == 3_000
    assert ledger.in_flight == 0
    assert expired_records(settings) == 20


def closed(workers: Workers, lines: int) -> Ledger:
    """The ledger once nothing is missing any more but what is named as expired."""
    until = time.monotonic() + _SECONDS
    while True:
        ledger = settled(workers, lines, _SECONDS)
        if {fault.kind for fault in ledger.faults} == {"expired"}:
            return ledger
        assert time.monotonic() < until, ledger.faults
        workers.restart_dead()
        time.sleep(0.2)


def test_a_database_from_a_backup_catches_up(workers: Workers) -> None:
    settings = workers.settings
    workers.kill("ingest-0")
    backup = copied(settings)
    workers.start("ingest-0")
    workers.start("persist-1")
    asyncio.run(publish(settings, batches(20, 50, seed=5)))
    settled(workers, 2_000, _SECONDS)
    for name in ("ingest-0", "persist-1"):
        workers.kill(name)
    workers.settings = settings.model_copy(update={"database_url": backup})
    assert asyncio.run(draw_up(workers.settings)).in_flight > 0
    for name in ("ingest-0", "persist-1"):
        workers.start(name)
    ledger = settled(workers, 2_000, _SECONDS)
    assert ledger.balanced, ledger.faults
    assert sum(line.parsed for line in ledger.sources) == 2_000


def copied(settings: Settings) -> SecretStr:
    """The address of a copy of the database, which nobody uses meanwhile."""
    server, _, name = settings.database_url.get_secret_value().rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}_copy template {name}".encode())
    return SecretStr(f"{server}/{name}_copy")


def behind_the_hole(workers: Workers, lines: int) -> None:
    """Waits until rows stand behind the hole; nothing is then counted twice or as in flight."""
    until = time.monotonic() + _SECONDS
    while True:
        ledger = asyncio.run(draw_up(workers.settings))
        if sum(line.parsed for line in ledger.sources) == lines:
            break
        assert time.monotonic() < until, ledger
        time.sleep(0.2)
    assert sum(line.accepted for line in ledger.sources) == lines
    assert ledger.in_flight == 0


def expired_records(settings: Settings) -> int:
    """How many records the expired rows stand for."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        row = connection.execute(
            'select coalesce(sum("offset" - prev_offset), 0)::bigint from batches where expired'
        ).fetchone()
    assert row
    return int(row[0])
