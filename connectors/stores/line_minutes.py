"""Lines by minute, source and severity: sums over patterns, so that charts need not make them."""

from collections.abc import Mapping

from connectors.stores.columns import columns
from connectors.stores.postgres import Connection
from schemas.counts import SeverityKey

_ADD = """
insert into line_minutes (minute, source, severity, lines, events)
select * from unnest(%s::int[], %s::text[], %s::int[], %s::bigint[], %s::bigint[])
on conflict (minute, source, severity) do update
set lines = line_minutes.lines + excluded.lines, events = line_minutes.events + excluded.events
"""


async def add(connection: Connection, sums: Mapping[SeverityKey, tuple[int, int]]) -> None:
    """Add (lines, events); keys in sorted order, so that two writers cannot deadlock."""
    if sums:
        await connection.execute(_ADD, columns((*key, *sums[key]) for key in sorted(sums)))
