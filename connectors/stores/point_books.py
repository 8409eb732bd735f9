"""Batch rows of metric points, written as the rows of lines are: the first for a record wins whole.

All functions work inside the caller's transaction. Frontiers, ranges and replays are in batches.py.
"""

from collections.abc import Sequence

from connectors.stores.postgres import Connection
from schemas.batches import Chain, PointRow

_INSERT = """
insert into point_batches (topic, partition, epoch, "offset", prev_offset, arrival, source, points,
                           stated_points, stored, deduplicated, dead, expired)
select * from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
                     %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                     %s::bigint[], %s::bool[])
on conflict do nothing
returning topic, partition, epoch, "offset"
"""
_CORRECT = """
update point_batches as b
set stored = c.stored, deduplicated = c.deduplicated, dead = c.dead
from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::bigint[]) as c (topic, partition, epoch, "offset", stored, deduplicated, dead)
where (b.topic, b.partition, b.epoch, b."offset") = (c.topic, c.partition, c.epoch, c."offset")
"""
_HOSTS = """
insert into point_hosts (source, host) select * from unnest(%s::text[], %s::text[])
on conflict do nothing
"""


async def insert(connection: Connection, rows: Sequence[PointRow]) -> set[tuple[Chain, int]]:
    """The keys of the rows that were new; the others had been there and stay as they were."""
    if not rows:
        return set()
    cursor = await connection.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
    return {(Chain(r[0], r[1], r[2]), r[3]) for r in await cursor.fetchall()}


async def correct(connection: Connection, rows: Sequence[PointRow]) -> None:
    """What became of the points, now that they are written."""
    if not rows:
        return
    told = [
        (r.topic, r.partition, r.epoch, r.offset, r.stored, r.deduplicated, r.dead) for r in rows
    ]
    await connection.execute(_CORRECT, [list(column) for column in zip(*told, strict=True)])


async def note_hosts(connection: Connection, pairs: set[tuple[str, str]]) -> None:
    """Who has measured whom, as (source, host); of a point alone nobody could tell."""
    if pairs:
        ordered = sorted(pairs)  # two writers cannot wait in a circle
        await connection.execute(_HOSTS, [list(column) for column in zip(*ordered, strict=True)])
