"""Whose lines came, from which source, of which service, and when they last did."""

from collections.abc import Mapping

from connectors.stores.columns import columns
from connectors.stores.postgres import Connection
from schemas.counts import PlaceKey, Seen

# Read first, so that a host that speaks all the time costs a row every ten seconds, not a flush.
_ADD = """
insert into line_hosts as known (host, source, service, seen_ms, live)
select came.* from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bool[])
     as came (host, source, service, seen_ms, live)
left join line_hosts old using (host, source, service)
where old.host is null or old.seen_ms + 10000 <= came.seen_ms or (came.live and not old.live)
on conflict (host, source, service) do update
set seen_ms = greatest(known.seen_ms, excluded.seen_ms), live = known.live or excluded.live
"""


async def add(connection: Connection, found: Mapping[PlaceKey, Seen]) -> None:
    """Note when they were seen, to ten seconds; keys in sorted order."""
    if found:
        await connection.execute(_ADD, columns((*key, *found[key]) for key in sorted(found)))


async def forget(connection: Connection, before_ms: int) -> None:
    """Deletes what was not seen since then (Unix ms)."""
    await connection.execute("delete from line_hosts where seen_ms < %s", (before_ms,))
