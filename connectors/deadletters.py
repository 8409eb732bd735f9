"""Dead letters: read from their topic, sent back to where they came from, purged."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.structs import ConsumerRecord, TopicPartition
from pydantic import BaseModel

from connectors.connecting import connected
from connectors.kafka import client_options, producer_options, topic_name
from connectors.stores import postgres, purged_letters, replays
from connectors.topic_log import open_log
from schemas import headers
from schemas.errors import Unavailable
from schemas.headers import Headers, number, text
from schemas.logs import LOG_BATCH, LogBatch, encode_batch
from schemas.settings import Settings
from schemas.topics import DLQ, LETTER_BYTES, LOGS_RAW, METRICS_RAW, Topic


class DeadLetter(BaseModel):
    """A line, a few metric points, or one whole record, that could not be used.

    `value` is the original bytes; those of metric points are JSON that is read as the same points.
    `range` names a record that an edge gave up: whether it ever arrived is not known.
    """

    id: str
    source: str
    stage: str
    reason: str
    detail: str
    lines: int
    points: int
    topic: str
    partition: int
    offset: int
    at: datetime
    brought_back: bool
    schema_name: str | None
    range: str | None
    trace: str | None
    value: bytes


class Again(NamedTuple):
    """A letter as the record that goes back to where it came from."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


async def read_all(settings: Settings) -> list[DeadLetter]:
    """Every dead letter still kept, oldest first, each id once. Raises Unavailable."""
    with postgres.connect(settings) as connection:
        done = replays.ids(connection)
        hidden = purged_letters.places(connection)
    letters = await _all(settings, done, hidden)
    named = [letter.range for letter in letters if letter.range]
    if not named:
        return letters
    with postgres.connect(settings) as connection:
        arrived = replays.arrived(connection, named)
    return [
        letter.model_copy(update={"brought_back": True}) if letter.range in arrived else letter
        for letter in letters
    ]


async def _all(
    settings: Settings, done: set[str], hidden: set[purged_letters.Place]
) -> list[DeadLetter]:
    found: dict[str, DeadLetter] = {}
    async with open_log(settings, topic_name(settings, DLQ)) as log:
        for partition, (start, end) in (await log.bounds()).items():
            async for record in log.read(partition, start, end):
                if (record.partition, record.offset, record.timestamp) not in hidden:
                    letter = letter_of(record)
                    back = letter.id in done
                    found.setdefault(letter.id, letter.model_copy(update={"brought_back": back}))
    return list(found.values())


def letter_of(record: ConsumerRecord) -> DeadLetter:
    """A record of the topic; whether it was brought back stands elsewhere."""
    found: Headers = list(record.headers)

    def said(name: str) -> str:
        return text(found, name) or ""

    return DeadLetter(
        id=said(headers.DEAD_ID) or f"dlq/{record.partition}/{record.offset}",
        source=said(headers.SOURCE),
        stage=said(headers.DEAD_STAGE),
        reason=said(headers.DEAD_REASON),
        detail=said(headers.DEAD_DETAIL),
        lines=number(found, headers.LINES) or 0,
        points=number(found, headers.POINTS) or 0,
        topic=said(headers.DEAD_TOPIC),
        partition=number(found, headers.DEAD_PARTITION) or 0,
        offset=number(found, headers.DEAD_OFFSET) or 0,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        brought_back=False,
        schema_name=text(found, headers.SCHEMA),
        range=text(found, headers.RANGE),
        trace=text(found, headers.TRACEPARENT),
        value=record.value or b"",
    )


async def replay(settings: Settings, letters: Sequence[DeadLetter]) -> int:
    """Send letters to the raw topic that they came from; returns how many. Raises Unavailable.

    One that is too large for the broker is left out. Letters of other stages than these are not for
    this: see `can_be_replayed`.

    Each carries its id, or the range that it always had; Postgres takes either once, so a second
    replay changes nothing.
    """
    producer = AIOKafkaProducer(**producer_options(settings))
    sent = 0
    try:
        await connected(producer.start())
        for letter in letters:
            again = as_sent_again(settings, letter)
            try:
                await producer.send_and_wait(
                    again.topic, again.value, key=again.key, headers=again.headers
                )
            except MessageSizeTooLargeError:
                continue
            sent += 1
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await producer.stop()
    return sent


def as_sent_again(settings: Settings, letter: DeadLetter) -> Again:
    """The record that brings a letter back. Pure."""
    raw, counted, number = _way_back(letter)
    value, schema = _again(letter)
    # A line that was accepted moves from dead to parsed; what never was is accepted now.
    known = {headers.RANGE: letter.range} if letter.range else {headers.REPLAY: letter.id}
    about = {
        **known,
        headers.SOURCE: letter.source,
        counted: str(number),
    }
    if schema:
        about[headers.SCHEMA] = schema
    if letter.trace:
        about[headers.TRACEPARENT] = letter.trace
    pairs = [(name, said.encode()) for name, said in about.items()]
    return Again(topic_name(settings, raw), letter.source.encode(), value, pairs)


def can_be_replayed(letter: DeadLetter) -> bool:
    """Whether its bytes came from outside, and all of them are there.

    What our own workers made can only be told to us; of what was cut there is no way back.
    """
    return letter.stage in ("parse", "keep", "bridge") and len(letter.value) < LETTER_BYTES


def _way_back(letter: DeadLetter) -> tuple[Topic, str, int]:
    """The raw topic, and the header that says how much comes back."""
    if letter.stage == "keep":
        return METRICS_RAW, headers.POINTS, letter.points
    return LOGS_RAW, headers.LINES, letter.lines


def _again(letter: DeadLetter) -> tuple[bytes, str | None]:
    """A single line travels as a batch of one, so that its bytes are not read as JSON anew.

    Points are a stranger's JSON, whoever sent them first.
    """
    if letter.id.endswith("#-1") or letter.stage == "keep":
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
        await connected(admin.start())
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
