"""The newest point of each series, whichever back end keeps the history.

Lists of hosts ask for thousands of them at once and all the time.
"""

from collections.abc import Mapping, Sequence

from connectors.stores.columns import columns
from connectors.stores.postgres import Connection

_NOTE = """
insert into last_points as known (host, metric, time_ms, value)
select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::float8[])
on conflict (host, metric) do update set time_ms = excluded.time_ms, value = excluded.value
where known.time_ms <= excluded.time_ms
"""


async def note(connection: Connection, newest: Mapping[tuple[str, str], tuple[int, float]]) -> None:
    """Points by (host, metric) as (Unix ms, value); of one time the later write holds."""
    if newest:  # in order: two writers cannot wait in a circle
        rows = ((*series, *newest[series]) for series in sorted(newest))
        await connection.execute(_NOTE, columns(rows))


async def forget_hosts(connection: Connection, hosts: Sequence[str]) -> None:
    """Deletes the points of these hosts."""
    await connection.execute("delete from last_points where host = any(%s)", (list(hosts),))


async def forget(connection: Connection, before_ms: int) -> None:
    """Deletes what is older (Unix ms)."""
    await connection.execute("delete from last_points where time_ms < %s", (before_ms,))


async def known(connection: Connection, series: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (host, metric) have points."""
    if not series:
        return set()
    cursor = await connection.execute(
        "select host, metric from last_points"
        " join unnest(%s::text[], %s::text[]) as asked (host, metric) using (host, metric)",
        columns(series),
    )
    return {(host, metric) for host, metric in await cursor.fetchall()}
