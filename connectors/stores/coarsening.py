"""Counts by the minute become counts by the hour when they are old: sixty times fewer rows, and
the same sums, so that the books need to know nothing of it."""

from typing import Final

from psycopg.sql import SQL, Composed, Identifier

from connectors.stores.postgres import Connection

KEPT_MINUTES: Final = 30 * 24 * 60  # charts of a longer time have no step below an hour
_HOURS_AT_ONCE: Final = 24
_LOCK: Final = 7_203_117  # an advisory lock of ours, held while one process does it

# A whole hour stands at its first minute; what came later than that stands at the others.
_FINE: Final = """
select distinct minute / 60 * 60 as hour from line_minutes
where minute < %s and minute %% 60 <> 0 order by hour limit %s
"""
_MERGE: Final = SQL("""
with gone as (
    delete from {table} where minute > %(hour)s and minute < %(hour)s + 60
    returning {keys}, lines, events
)
insert into {table} (minute, {keys}, lines, events)
select %(hour)s, {keys}, sum(lines)::bigint, sum(events)::bigint
from gone group by {keys} order by {keys}
on conflict (minute, {keys}) do update
set lines = {table}.lines + excluded.lines, events = {table}.events + excluded.events
""")


def _merge(table: str, *keys: str) -> Composed:
    return _MERGE.format(table=Identifier(table), keys=SQL(", ").join(map(Identifier, keys)))


_LINES: Final = _merge("line_minutes", "source", "severity")
_PATTERNS: Final = _merge("pattern_minutes", "source", "uid", "severity")


async def coarsen(connection: Connection, now_minute: int) -> int:
    """Some hours that ended KEPT_MINUTES before `now_minute` (Unix minutes), in the caller's
    transaction; returns how many, 0 when none is left or another process is at it.
    """
    cursor = await connection.execute("select pg_try_advisory_xact_lock(%s)", (_LOCK,))
    ours = await cursor.fetchone()
    if not ours or not ours[0]:
        return 0
    before = (now_minute - KEPT_MINUTES) // 60 * 60
    cursor = await connection.execute(_FINE, (before, _HOURS_AT_ONCE))
    hours = [hour for (hour,) in await cursor.fetchall()]
    for hour in hours:
        await connection.execute(_LINES, {"hour": hour})
        await connection.execute(_PATTERNS, {"hour": hour})
    return len(hours)
