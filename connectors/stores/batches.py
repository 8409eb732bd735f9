"""Batch rows: what became of each input record, the chain between them, and the frontiers.

All functions work inside the caller's transaction. A record is known by (topic, partition, epoch,
offset); the first row for it wins whole.
"""

from collections.abc import Sequence
from datetime import datetime

from connectors.stores.columns import columns
from connectors.stores.postgres import Connection
from schemas.batches import Chain, Row


async def lock_frontiers(connection: Connection, firsts: dict[Chain, int]) -> dict[Chain, int]:
    """The last applied offset of each chain, its row locked until the transaction ends.

    `firsts` maps each chain to the first offset that the caller holds; a chain without a frontier
    begins there, with everything before it taken as applied.
    """
    found: dict[Chain, int] = {}
    for chain in sorted(firsts):
        await connection.execute(
            "insert into frontiers (topic, partition, epoch, first, applied)"
            " values (%s, %s, %s, %s, %s) on conflict do nothing",
            (*chain, firsts[chain], firsts[chain] - 1),
        )
        cursor = await connection.execute(
            "select applied from frontiers where topic = %s and partition = %s and epoch = %s"
            " for update",
            chain,
        )
        row = await cursor.fetchone()
        found[chain] = row[0] if row else firsts[chain] - 1
    return found


async def frontiers(connection: Connection, topic: str) -> dict[Chain, int]:
    """The last applied offset of every chain of the topic, as it is now."""
    cursor = await connection.execute(
        "select topic, partition, epoch, applied from frontiers where topic = %s",
        (topic,),
    )
    return {Chain(t, p, e): applied for t, p, e, applied in await cursor.fetchall()}


async def links(
    connection: Connection, chain: Chain, after: int, last: int
) -> list[tuple[int, int]]:
    """(prev_offset, offset) of the rows that touch after < offset ≤ last, ascending."""
    cursor = await connection.execute(
        'select prev_offset, "offset" from batches where topic = %s and partition = %s'
        ' and epoch = %s and "offset" > %s and prev_offset < %s order by "offset"',
        (*chain, after, last),
    )
    return [(prev_offset, offset) for prev_offset, offset in await cursor.fetchall()]


_INSERT = """
insert into batches (topic, partition, epoch, "offset", prev_offset, arrival, source, lines,
                     stated_lines, parsed, deduplicated, dead, events, expired, first_minute,
                     last_minute)
select * from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
                     %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                     %s::bigint[], %s::bigint[], %s::bool[], %s::int[], %s::int[])
on conflict do nothing
returning topic, partition, epoch, "offset"
"""


async def insert(connection: Connection, rows: Sequence[Row]) -> set[tuple[Chain, int]]:
    """The keys of the rows that were new; the others had been there and stay as they were."""
    if not rows:
        return set()
    cursor = await connection.execute(_INSERT, columns(rows))
    return {(Chain(r[0], r[1], r[2]), r[3]) for r in await cursor.fetchall()}


async def claim_ranges(connection: Connection, ranges: Sequence[str]) -> set[str]:
    """Which of the ranges were never seen before; they are taken from now on."""
    cursor = await connection.execute(
        "insert into ranges (range) select unnest(%s::text[]) on conflict do nothing"
        " returning range",
        (sorted(ranges),),
    )
    return {row[0] for row in await cursor.fetchall()}


async def forget_ranges(connection: Connection, before: datetime) -> int:
    """Deletes what edges had sent before then, which no edge sends again; returns how many."""
    cursor = await connection.execute("delete from ranges where applied_at < %s", (before,))
    return cursor.rowcount


async def claim_replays(
    connection: Connection, replays: Sequence[tuple[str, str, int]]
) -> set[str]:
    """Which dead letters (id, source, parsed lines) were never brought back before."""
    asked = columns(sorted(replays))
    cursor = await connection.execute(
        "insert into replays (dead_id, source, parsed)"
        " select * from unnest(%s::text[], %s::text[], %s::bigint[])"
        " on conflict do nothing returning dead_id",
        asked,
    )
    return {row[0] for row in await cursor.fetchall()}


async def set_repeated(connection: Connection, rows: Sequence[Row]) -> None:
    """Turn rows into repeats: what is in them was counted before, under the same range or replay.

    Their lines become deduplicated; a replay has accepted no lines, so nothing is left of it.
    """
    for row in sorted(rows):
        await connection.execute(
            "update batches set parsed = 0, dead = 0, events = 0, deduplicated = lines"
            ' where topic = %s and partition = %s and epoch = %s and "offset" = %s',
            (row.topic, row.partition, row.epoch, row.offset),
        )


async def advance(connection: Connection, applied: dict[Chain, int]) -> None:
    """Move each chain's frontier over the rows that follow it without a hole."""
    for chain, last in sorted(applied.items()):
        cursor = await connection.execute(
            'select prev_offset, "offset" from chained where topic = %s and partition = %s'
            ' and epoch = %s and "offset" > %s order by "offset"',
            (*chain, last),
        )
        frontier = last
        for prev_offset, offset in await cursor.fetchall():
            if prev_offset > frontier:
                break
            frontier = offset
        if frontier > last:
            await connection.execute(
                "update frontiers set applied = %s"
                " where topic = %s and partition = %s and epoch = %s",
                (frontier, *chain),
            )
