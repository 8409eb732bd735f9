"""Chooses the epoch of an assigned partition; opens a new one when the log is another."""

from collections.abc import Awaitable, Callable, Sequence

import structlog

from connectors.stores import epochs
from connectors.stores.epochs import Epoch, LogEnd
from connectors.stores.postgres import Connection, Pool, transaction
from connectors.topic_log import TopicLog, cluster_id, open_log
from schemas.settings import Settings

_log = structlog.get_logger()

ArrivalAt = Callable[[int], Awaitable[int | None]]


Choice = tuple[Epoch, str | None]


async def choose_epochs(
    settings: Settings, pool: Pool, topic: str, partitions: Sequence[int]
) -> dict[int, Choice]:
    """The epoch to work in, and why it was opened when it was opened here because of a loss.

    Raises Unavailable when the broker or Postgres does not answer.
    """
    cluster = await cluster_id(settings)
    async with open_log(settings, topic) as log, transaction(pool) as connection:
        bounds = await log.bounds()
        return {
            partition: await _choose(connection, log, partition, cluster, bounds[partition])
            for partition in partitions
        }


async def _choose(
    connection: Connection, log: TopicLog, partition: int, cluster: str, bounds: tuple[int, int]
) -> Choice:
    known = await epochs.newest(connection, log.topic, partition)
    if known is None:
        first = Epoch(1, 0, cluster, None, None)
        await epochs.open_epoch(connection, log.topic, partition, first, "first seen")
        return first, None
    arrival_at = _arrivals_of(log, partition)
    arrival = await arrival_at(known.applied) if known.applied is not None else None
    found = LogEnd(cluster, *bounds, arrival)
    reason = epochs.loss(known, found)
    if reason is None:
        return known, None
    begin = 0
    if known.cluster_id == cluster:
        rows = await epochs.arrivals(connection, log.topic, partition, known.epoch, found)
        begin = await first_unapplied(rows, arrival_at, found.start)
    opened = Epoch(known.epoch + 1, begin, cluster, None, None)
    await epochs.open_epoch(connection, log.topic, partition, opened, reason)
    return opened, reason


def _arrivals_of(log: TopicLog, partition: int) -> ArrivalAt:
    async def arrival_at(offset: int) -> int | None:
        record = await log.one(partition, offset)
        return record.timestamp if record else None

    return arrival_at


async def first_unapplied(
    rows: Sequence[tuple[int, int]], arrival_at: ArrivalAt, log_start: int
) -> int:
    """The offset behind the last stored row that the log still holds as it was applied.

    `rows` are (offset, arrival), ascending. What survives a lost tail is a prefix, so the border
    is found by bisection.
    """
    low, high = 0, len(rows)
    while low < high:
        middle = (low + high) // 2
        offset, arrival = rows[middle]
        if await arrival_at(offset) == arrival:
            low = middle + 1
        else:
            high = middle
    return rows[low - 1][0] + 1 if low else log_start
