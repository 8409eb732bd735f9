"""The ledger finds every way in which the books can be wrong, and names the row."""

import asyncio
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.structs import TopicPartition
from pydantic import SecretStr

from connectors.kafka import client_options, topic_name
from connectors.ledger import draw_up
from connectors.topic_log import open_log
from schemas.ledger import Ledger
from schemas.settings import Settings
from schemas.topics import LOGS_RAW, Topic
from tests.flows.test_exact_path import batches
from tests.flows.truth import execute
from tests.stack import RunningStack
from tests.workers import Workers, publish, running, settled

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("ledger-faults")]


@pytest.fixture
def workers(stack: RunningStack) -> Iterator[Workers]:
    """An installation whose books balance over 2,000 lines."""
    with running(stack) as found:
        asyncio.run(publish(found.settings, batches(40, 50)))
        assert settled(found, 2_000).balanced
        yield found


@pytest.fixture(scope="module")
def balanced(stack: RunningStack) -> Settings:
    """The same, once for the module, and nothing runs there any more."""
    with running(stack) as found:
        asyncio.run(publish(found.settings, batches(40, 50)))
        assert settled(found, 2_000).balanced
    return found.settings


@pytest.fixture
def books(balanced: Settings) -> Settings:
    """Balanced books that a test may spoil: a copy of the database, over the same topics."""
    url = balanced.database_url.get_secret_value()
    server, _, original = url.rpartition("/")
    copy = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {copy} template {original}".encode())
    return balanced.model_copy(update={"database_url": SecretStr(f"{server}/{copy}")})


def faults(settings: Settings) -> dict[str, str]:
    """Kinds of fault and one detail of each."""
    ledger: Ledger = asyncio.run(draw_up(settings))
    return {fault.kind: fault.detail for fault in ledger.faults}


@pytest.mark.parametrize("which", ["min", "max"])
def test_a_deleted_row_is_missing(books: Settings, which: str) -> None:
    assert execute(
        books,
        f'delete from batches where (partition, "offset") = (select partition, {which}("offset")'
        " from batches group by partition order by partition limit 1)",
    )
    found = faults(books)
    assert "missing" in found
    assert "counts" in found


def test_one_line_too_many_is_found(books: Settings) -> None:
    assert execute(
        books,
        "update pattern_minutes set lines = lines + 1 where (source, uid, severity, minute) ="
        " (select source, uid, severity, minute from pattern_minutes limit 1)",
    )
    assert set(faults(books)) == {"counts"}


def test_a_count_moved_between_sources_is_found(books: Settings) -> None:
    assert execute(
        books,
        "update pattern_hours set source = 'x' where uid = (select"
        " min(uid) from pattern_hours) and source = 'source-0'",
    )
    assert set(faults(books)) == {"counts"}


def test_a_row_that_says_less_than_its_edge_is_found(books: Settings) -> None:
    assert execute(books, "update batches set stated_lines = 51 where partition = 0")
    assert set(faults(books)) == {"misstated"}


def test_records_that_expire_unread_are_named_for_ever(workers: Workers) -> None:
    workers.wait_ready("ingest-0")
    assert workers.stop("ingest-0") == 0
    asyncio.run(publish(workers.settings, batches(20, 50, seed=5)))
    asyncio.run(expire(workers.settings))
    assert "expired" in faults(workers.settings)
    workers.start("ingest-0")
    asyncio.run(publish(workers.settings, batches(20, 50, seed=6)))
    ledger = settled(workers, 3_000)
    assert {fault.kind for fault in ledger.faults} == {"expired"}
    assert sum(line.parsed for line in ledger.sources) == 3_000


async def expire(settings: Settings, raw: Topic = LOGS_RAW) -> None:
    """What retention does to a segment that nobody has read."""
    topic = topic_name(settings, raw)
    async with open_log(settings, topic) as log:
        bounds = await log.bounds()
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    await admin.delete_records(
        {TopicPartition(topic, p): RecordsToDelete(end) for p, (_, end) in bounds.items()}
    )
    await admin.close()


def test_a_wiped_log_opens_a_new_epoch_and_says_so(workers: Workers) -> None:
    workers.kill("ingest-0")
    asyncio.run(wipe(workers.settings))
    assert "lost" in faults(workers.settings)
    workers.start("ingest-0")
    asyncio.run(publish(workers.settings, batches(40, 50, seed=7)))
    ledger = settled(workers, 4_000)
    assert ledger.balanced, ledger.faults
    assert sum(line.parsed for line in ledger.sources) == 4_000
    assert any(stage.epoch == 2 for stage in ledger.stages)


def test_a_log_that_is_replaced_while_it_is_read_is_read_from_its_beginning(
    workers: Workers,
) -> None:
    asyncio.run(wipe(workers.settings))
    asyncio.run(publish(workers.settings, batches(80, 50, seed=8)))
    ledger = settled(workers, 6_000)
    assert ledger.balanced, ledger.faults
    assert sum(line.parsed for line in ledger.sources) == 6_000
    assert any(stage.epoch == 2 for stage in ledger.stages)


async def wipe(settings: Settings, raw: Topic = LOGS_RAW) -> None:
    """A topic that was deleted and made anew."""
    topic = topic_name(settings, raw)
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    await admin.delete_topics([topic])
    await asyncio.sleep(1)
    made = NewTopic(
        topic,
        settings.topic_partitions,
        1,
        topic_configs={"message.timestamp.type": "LogAppendTime"},
    )
    await admin.create_topics([made])
    await admin.close()
