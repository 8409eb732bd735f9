"""Dead letters: read from their topic, sent back to where they came from, purged."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord, TopicPartition
from pydantic import BaseModel

from connectors.kafka import client_options, producer_options, topic_name
from connectors.stores import postgres, replays
from connectors.topic_log import open_log
from schemas import headers
from schemas.errors import Unavailable
from schemas.headers import Headers, number, text
from schemas.logs import LOG_BATCH, LogBatch, encode_batch
from schemas.settings import Settings
from schemas.topics import DLQ, LOGS_RAW

# Of other stages workers made the letters, and nothing can be done with them.
REPLAYABLE: Final = frozenset({"parse", "bridge"})


class DeadLetter(BaseModel):
    """One line, or one whole record, that could not be used; `value` is its original bytes.

    `range` names a record that an edge gave up: whether it ever arrived is not known.
    """

    id: str
    source: str
    stage: str
    reason: str
    detail: str
    lines: int
    topic: str
    partition: int
    offset: int
    at: datetime
    brought_back: bool
    schema_name: str | None
    range: str | None
    trace: str | None
    value: bytes


async def read_all(settings: Settings) -> list[DeadLetter]:
    """Every dead letter still kept, oldest first, each id once. Raises Unavailable."""
    with postgres.connect(settings) as connection:
        done = replays.ids(connection)
    letters = await _all(settings, done)
    named = [letter.range for letter in letters if letter.range]
    if not named:
        return letters
    with postgres.connect(settings) as connection:
        arrived = replays.arrived(connection, named)
    return [
        letter.model_copy(update={"brought_back": True}) if letter.range in arrived else letter
        for letter in letters
    ]


async def _all(settings: Settings, done: set[str]) -> list[DeadLetter]:
    found: dict[str, DeadLetter] = {}
    async with open_log(settings, topic_name(settings, DLQ)) as log:
        for partition, (start, end) in (await log.bounds()).items():
            async for record in log.read(partition, start, end):
                letter = _letter(record, done)
                found.setdefault(letter.id, letter)
    return list(found.values())


def _letter(record: ConsumerRecord, done: set[str]) -> DeadLetter:
    found: Headers = list(record.headers)

    def said(name: str) -> str:
        return text(found, name) or ""

    return DeadLetter(
        id=(id_ := said(headers.DEAD_ID) or f"dlq/{record.partition}/{record.offset}"),
        source=said(headers.SOURCE),
        stage=said(headers.DEAD_STAGE),
        reason=said(headers.DEAD_REASON),
        detail=said(headers.DEAD_DETAIL),
        lines=number(found, headers.LINES) or 0,
        topic=said(headers.DEAD_TOPIC),
        partition=number(found, headers.DEAD_PARTITION) or 0,
        offset=number(found, headers.DEAD_OFFSET) or 0,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        brought_back=id_ in done,
        schema_name=text(found, headers.SCHEMA),
        range=text(found, headers.RANGE),
        trace=text(found, headers.TRACEPARENT),
        value=record.value or b"",
    )


async def replay(settings: Settings, letters: Sequence[DeadLetter]) -> int:
    """Send letters of REPLAYABLE stages to logs.raw again; returns how many. Raises Unavailable.

    Each carries its id, or the range that it always had; Postgres takes either once, so a second
    replay changes nothing.
    """
    producer = AIOKafkaProducer(**producer_options(settings))
    topic = topic_name(settings, LOGS_RAW)
    sent = 0
    try:
        await producer.start()
        for letter in letters:
            value, schema = _again(letter)
            # A line that was accepted moves from dead to parsed; what never was is accepted now.
            known = {headers.RANGE: letter.range} if letter.range else {headers.REPLAY: letter.id}
            about = {
                **known,
                headers.SOURCE: letter.source,
                headers.LINES: str(letter.lines),
            }
            if schema:
                about[headers.SCHEMA] = schema
            if letter.trace:
                about[headers.TRACEPARENT] = letter.trace
            pairs = [(name, said.encode()) for name, said in about.items()]
            await producer.send_and_wait(topic, value, key=letter.source.encode(), headers=pairs)
            sent += 1
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await producer.stop()
    return sent


def _again(letter: DeadLetter) -> tuple[bytes, str | None]:
    """A single line travels as a batch of one, so that its bytes are not read as JSON anew."""
    if letter.id.endswith("#-1"):
        return letter.value, letter.schema_name
    batch = LogBatch(letter.source, [letter.value])
    return encode_batch(batch), LOG_BATCH.decode()


async def purge(settings: Settings) -> int:
    """Delete every dead letter; returns how many records went. Raises Unavailable."""
    topic = topic_name(settings, DLQ)
    async with open_log(settings, topic) as log:
        bounds = await log.bounds()
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        await admin.delete_records(
            {
                TopicPartition(topic, partition): RecordsToDelete(before_offset=end)
                for partition, (_, end) in bounds.items()
            }
        )
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await admin.close()
    return sum(end - start for start, end in bounds.values())
