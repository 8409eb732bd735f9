"""`foreshock topics`: the declared topics, and what the broker has of them."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from rich.table import Table

from connectors.cli import context
from connectors.cli.output import console, write_json
from connectors.kafka import client_options, topic_name
from connectors.topics import existing_topics, partitions_of
from schemas.errors import Unavailable
from schemas.settings import Settings
from schemas.topics import TOPICS


@dataclass(frozen=True)
class Row:
    """A declared topic; `records` is None while the broker does not have it.

    `records` counts offsets between the first kept and the last: compaction leaves gaps.
    """

    name: str
    exists: bool
    partitions: int
    cleanup: str
    retention_s: float | None
    records: int | None


def run(
    json: Annotated[bool, typer.Option("--json", help="As one JSON list.")] = False,
) -> None:
    """List the topics: partitions, clean-up, retention, records, existing or missing.

    Example: foreshock topics --json

    Exit codes: 0 done; 1 no instance runs, or the broker does not answer.
    """
    rows = asyncio.run(_rows(context.connected()))
    if json:
        write_json([asdict(row) for row in rows])
        return
    table = Table("topic", "partitions", "clean-up", "retention", "records", "", box=None)
    for row in rows:
        kept = "-" if row.retention_s is None else str(timedelta(seconds=row.retention_s))
        records = "-" if row.records is None else f"{row.records:,}"
        state = "exists" if row.exists else "[red]missing[/red]"
        table.add_row(row.name, str(row.partitions), row.cleanup, kept, records, state)
    console.print(table)


async def _rows(settings: Settings) -> list[Row]:
    admin = AIOKafkaAdminClient(**client_options(settings))
    consumer = AIOKafkaConsumer(**client_options(settings))
    try:
        await admin.start()
        await consumer.start()
        found = await existing_topics(admin, settings)
        counts = await _records(consumer, {name: t.partitions for name, t in found.items()})
    except (KafkaError, OSError) as error:
        raise Unavailable("Kafka", f"{type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()
        await admin.close()
    return [
        Row(
            name=(name := topic_name(settings, topic)),
            exists=name in found,
            partitions=found[name].partitions if name in found else partitions_of(topic, settings),
            cleanup=topic.cleanup,
            retention_s=topic.retention.total_seconds() if topic.retention else None,
            records=counts.get(name),
        )
        for topic in TOPICS
    ]


async def _records(consumer: AIOKafkaConsumer, topics: dict[str, int]) -> dict[str, int]:
    partitions = [TopicPartition(name, n) for name, count in topics.items() for n in range(count)]
    first = await consumer.beginning_offsets(partitions)
    last = await consumer.end_offsets(partitions)
    counts = dict.fromkeys(topics, 0)
    for partition in partitions:
        counts[partition.topic] += last[partition] - first[partition]
    return counts
