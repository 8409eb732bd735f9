"""The books of alerts from both ends: what their topic holds and what Postgres has stored."""

import asyncio

from connectors.kafka import topic_name
from connectors.stores import alert_books as store
from connectors.stores import postgres
from connectors.stores.alert_books import Decided
from connectors.topic_log import Logs, OwnLogs, TopicLog
from schemas.ledger import AlertBooks, Fault
from schemas.settings import Settings
from schemas.topics import ALERTS


async def draw_up(settings: Settings, logs: Logs | None = None) -> tuple[AlertBooks, list[Fault]]:
    """The books of now, and what is wrong with them. Raises Unavailable."""
    books, frontiers, faults = await asyncio.to_thread(_stored, settings)
    async with (logs or OwnLogs(settings)).open(topic_name(settings, ALERTS)) as log:
        for partition, (start, end) in (await log.bounds()).items():
            begin = await _undecided(log, partition, frontiers.get(partition), start, end)
            # One by one: a record that compaction took is not in flight.
            async for _ in log.read(partition, begin, end):
                books.in_flight += 1
                books.published += 1
    return books, faults


def _stored(settings: Settings) -> tuple[AlertBooks, dict[int, Decided], list[Fault]]:
    with postgres.connect(settings) as connection:
        return store.read(connection)


async def _undecided(
    log: TopicLog, partition: int, decided: Decided | None, start: int, end: int
) -> int:
    """The first offset that was not decided; the start of a log that is another one by now."""
    if decided is None or decided.offset >= end:
        return start
    record = await log.one(partition, decided.offset)
    if record is not None and record.timestamp != decided.stamp:
        return start
    return max(start, decided.offset + 1)
