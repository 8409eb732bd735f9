"""Epochs: which life of a partition an offset belongs to.

Offsets mean something only within (cluster, generation of the topic). When Kafka was wiped or has
lost its tail under Postgres, the offsets begin again, and so a new epoch opens and says why.
"""

from typing import NamedTuple

from connectors.stores.postgres import Connection


class Epoch(NamedTuple):
    """The newest epoch of a partition. `applied` and its `arrival` (Unix ms) are those of the
    last record whose effects are stored, None when there is none yet.
    """

    epoch: int
    start: int
    cluster_id: str
    applied: int | None
    arrival: int | None


class LogEnd(NamedTuple):
    """What the broker has: [start, end) of the log, and when the record at Epoch.applied arrived
    (None when the log does not hold it).
    """

    cluster_id: str
    start: int
    end: int
    arrival: int | None


def loss(known: Epoch, log: LogEnd) -> str | None:
    """Why the log cannot be the one whose offsets were applied; None when it can. Pure.

    A tail that was lost and written anew is seen by the arrival of the last applied record: what
    lies at its offset now has arrived at another time.
    """
    if known.cluster_id != log.cluster_id:
        return f"the cluster is {log.cluster_id}, no longer {known.cluster_id}"
    if known.applied is None:
        return None
    if log.end <= known.applied:
        return f"the log ends at {log.end} but was applied through {known.applied}"
    if known.applied >= log.start and known.arrival and log.arrival not in (None, known.arrival):
        return f"the record at {known.applied} is not the one that was applied"
    return None


async def newest(connection: Connection, topic: str, partition: int) -> Epoch | None:
    """The newest epoch of a partition; locks its choice until the transaction ends."""
    await connection.execute("select pg_advisory_xact_lock(hashtext(%s), %s)", (topic, partition))
    cursor = await connection.execute(
        "select e.epoch, e.start, e.cluster_id, f.applied, b.arrival from epochs e"
        " left join frontiers f using (topic, partition, epoch)"
        " left join chained b on (b.topic, b.partition, b.epoch) = (e.topic, e.partition, e.epoch)"
        ' and b."offset" = f.applied and not b.expired'
        " where e.topic = %s and e.partition = %s order by e.epoch desc limit 1",
        (topic, partition),
    )
    row = await cursor.fetchone()
    return Epoch(*row) if row else None


async def arrivals(
    connection: Connection, topic: str, partition: int, epoch: int, log: LogEnd
) -> list[tuple[int, int]]:
    """(offset, arrival) of the stored rows that the log could still hold, ascending."""
    cursor = await connection.execute(
        'select "offset", arrival from chained where topic = %s and partition = %s and epoch = %s'
        ' and "offset" >= %s and "offset" < %s and not expired order by "offset"',
        (topic, partition, epoch, log.start, log.end),
    )
    return [(offset, arrival) for offset, arrival in await cursor.fetchall()]


async def open_epoch(
    connection: Connection, topic: str, partition: int, epoch: Epoch, reason: str
) -> None:
    """Record a new epoch; its number is one above the newest."""
    await connection.execute(
        "insert into epochs (topic, partition, epoch, cluster_id, start, reason)"
        " values (%s, %s, %s, %s, %s, %s)",
        (topic, partition, epoch.epoch, epoch.cluster_id, epoch.start, reason),
    )
