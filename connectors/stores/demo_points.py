"""Takes made-up points out of the history, and leaves books that can still be proven.

As with lines, rows stay and what is deleted goes to a table of sums. A host that others measure,
too, is left alone with all that was made up of it: a point does not say who sent it.
"""

from typing import Any, Final, NamedTuple

from connectors.stores import last_points
from connectors.stores.demo import LOCK
from connectors.stores.history.port import History
from connectors.stores.postgres import Connection
from schemas.demo import RANGE_PREFIX, SOURCE_PREFIX

_CHOSEN: Final = """
with made_up as (
    select source, host, exists (
        select from point_hosts other
        where other.host = point_hosts.host and not starts_with(other.source, %(prefix)s)
    ) as shared
    from point_hosts where starts_with(source, %(prefix)s)
)
select source, array_agg(host), array_agg(host) filter (where shared) from made_up
group by source order by source
"""
# How many points more than what was removed before; both are read as they were.
_STRIKE: Final = """
with sums as (
    select source, sum(points) as points, sum(stored) as stored,
           sum(deduplicated) as deduplicated, sum(dead) as dead
    from (
        select source, points, stored, deduplicated, dead from point_batches
        where records = 1 and not expired
        union all
        select source, points, stored, deduplicated, dead from packed_point_sums
    ) as rows where source = any(%s) group by source
), struck as (
    insert into removed_point_sums (source, points, stored, deduplicated, dead)
    select * from sums
    on conflict (source) do update
    set points = excluded.points, stored = excluded.stored,
        deduplicated = excluded.deduplicated, dead = excluded.dead, removed_at = now()
)
select coalesce(sum(sums.stored - coalesce(before.stored, 0)), 0)::bigint
from sums left join removed_point_sums before using (source)
"""


class RemovedPoints(NamedTuple):
    """How many points there were, and the hosts that keep theirs because others measure them."""

    points: int
    kept_hosts: list[str]


async def remove_points(connection: Connection, history: History) -> RemovedPoints:
    """Deletes the points of made-up hosts, in the caller's transaction, and strikes them out.

    A history elsewhere forgets before the caller commits; cut off, the command is given again.
    """
    await connection.execute(LOCK)
    sources, hosts, shared = await _chosen(connection)
    await history.forget(connection, sorted(hosts))
    await last_points.forget_hosts(connection, sorted(hosts))
    row = await (await connection.execute(_STRIKE, (sources,))).fetchone()
    await connection.execute("delete from point_hosts where source = any(%s)", (sources,))
    await connection.execute(
        "delete from source_sums where kind = 'points' and source = any(%s)", (sources,)
    )
    # So that the same shop can be published again.
    await connection.execute(
        "delete from ranges where starts_with(range, %s)", (f"points:{RANGE_PREFIX}",)
    )
    return RemovedPoints(int(row[0]) if row else 0, sorted(shared))


async def _chosen(connection: Connection) -> tuple[list[str], set[str], set[str]]:
    """Sources to strike out, hosts to forget, and hosts that others measure, too."""
    found = await connection.execute(_CHOSEN, {"prefix": SOURCE_PREFIX})
    rows: list[tuple[Any, ...]] = await found.fetchall()
    kept = {host for _, hosts, shared in rows if shared for host in hosts}
    chosen = [(source, hosts) for source, hosts, shared in rows if not shared]
    forgotten = {host for _, hosts in chosen for host in hosts} - kept
    return [source for source, _ in chosen], forgotten, kept
