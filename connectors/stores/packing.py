"""Replaces runs of batch rows by one row each; their sums per source go to `packed_sums`."""

from collections.abc import Sequence
from typing import Any

from connectors.stores.postgres import Connection
from schemas.batches import Chain, Packable, Run

_ROWS_AT_ONCE = 20_000
_SETTLED_MS = 60_000  # the newest rows stay single, for whoever looks at the last minute

_CANDIDATES = """
select "offset", prev_offset, records, arrival, source, lines, parsed, deduplicated, dead, events,
       lines = parsed + deduplicated + dead and not expired
       and lines = coalesce(stated_lines, lines)
from batches
where topic = %s and partition = %s and epoch = %s and "offset" <= %s and "offset" > %s
order by "offset" limit %s
"""
_SUMS = """
insert into packed_sums (topic, partition, epoch, source, lines, parsed, deduplicated, dead, events)
select %s, %s, %s, source, sum(lines), sum(parsed), sum(deduplicated), sum(dead), sum(events)
from batches
where topic = %s and partition = %s and epoch = %s and "offset" = any(%s) and records = 1
group by source order by source
on conflict (topic, partition, epoch, source) do update
set lines = packed_sums.lines + excluded.lines,
    parsed = packed_sums.parsed + excluded.parsed,
    deduplicated = packed_sums.deduplicated + excluded.deduplicated,
    dead = packed_sums.dead + excluded.dead,
    events = packed_sums.events + excluded.events
"""
_DELETE = """
delete from batches where topic = %s and partition = %s and epoch = %s and "offset" = any(%s)
"""
_INSERT = """
insert into batches (topic, partition, epoch, "offset", prev_offset, records, arrival, source,
                     lines, parsed, deduplicated, dead, events)
values (%s, %s, %s, %s, %s, %s, %s, '', %s, %s, %s, %s, %s)
"""


async def chains(connection: Connection) -> list[tuple[Chain, int]]:
    """Every chain with its frontier."""
    cursor = await connection.execute(
        "select topic, partition, epoch, applied from frontiers order by 1, 2, 3"
    )
    return [(Chain(t, p, e), applied) for t, p, e, applied in await cursor.fetchall()]


async def lock(connection: Connection, chain: Chain) -> bool:
    """Whether the chain is ours to pack until the transaction ends; False: another has it."""
    cursor = await connection.execute(
        "select 1 from frontiers where topic = %s and partition = %s and epoch = %s"
        " for update skip locked",
        chain,
    )
    return await cursor.fetchone() is not None


async def candidates(
    connection: Connection, chain: Chain, applied: int, after: int, now_ms: int
) -> list[Packable]:
    """Rows at or below the frontier that follow `after`, settled for a minute, ascending."""
    cursor = await connection.execute(_CANDIDATES, (*chain, applied, after, _ROWS_AT_ONCE))
    rows = [Packable(*row) for row in await cursor.fetchall()]
    return [row for row in rows if row.arrival < now_ms - _SETTLED_MS]


async def pack(connection: Connection, chain: Chain, runs: Sequence[Run]) -> None:
    """Replace each run by one row, inside the caller's transaction."""
    for run in runs:
        offsets = [row.offset for row in run.rows]
        await connection.execute(_SUMS, (*chain, *chain, offsets))
        await connection.execute(_DELETE, (*chain, offsets))
        await connection.execute(_INSERT, (*chain, *_merged(run)))


def _merged(run: Run) -> tuple[Any, ...]:
    rows = run.rows
    last = rows[-1]
    return (
        last.offset,
        rows[0].prev_offset,
        sum(row.records for row in rows),
        last.arrival,
        sum(row.lines for row in rows),
        sum(row.parsed for row in rows),
        sum(row.deduplicated for row in rows),
        sum(row.dead for row in rows),
        sum(row.events for row in rows),
    )
