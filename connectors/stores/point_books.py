"""Batch rows of metric points, written as the rows of lines are: the first for a record wins whole.

All functions work inside the caller's transaction. Frontiers, ranges and replays are in batches.py.
"""

from collections.abc import Mapping, Sequence

from connectors.stores.columns import columns
from connectors.stores.postgres import Connection
from schemas.batches import Chain, PointRow
from schemas.counts import Seen

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
# As in line_hosts: to ten seconds.
_HOSTS = """
insert into point_hosts as known (source, host, seen_ms, live)
select came.* from unnest(%s::text[], %s::text[], %s::bigint[], %s::bool[])
     as came (source, host, seen_ms, live)
left join point_hosts old using (source, host)
where old.host is null or old.seen_ms + 10000 <= came.seen_ms or (came.live and not old.live)
on conflict (source, host) do update
set seen_ms = greatest(known.seen_ms, excluded.seen_ms), live = known.live or excluded.live
"""


async def insert(connection: Connection, rows: Sequence[PointRow]) -> set[tuple[Chain, int]]:
    """The keys of the rows that were new; the others had been there and stay as they were."""
    if not rows:
        return set()
    cursor = await connection.execute(_INSERT, columns(rows))
    return {(Chain(r[0], r[1], r[2]), r[3]) for r in await cursor.fetchall()}


async def correct(connection: Connection, rows: Sequence[PointRow]) -> None:
    """What became of the points, now that they are written."""
    if not rows:
        return
    told = [
        (r.topic, r.partition, r.epoch, r.offset, r.stored, r.deduplicated, r.dead) for r in rows
    ]
    await connection.execute(_CORRECT, columns(told))


async def note_hosts(connection: Connection, found: Mapping[tuple[str, str], Seen]) -> None:
    """Who has measured whom and when, by (source, host); of a point alone nobody could tell."""
    if found:
        ordered = sorted(found)  # two writers cannot wait in a circle
        rows = ((*pair, *found[pair]) for pair in ordered)
        await connection.execute(_HOSTS, columns(rows))
