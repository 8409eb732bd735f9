"""One partition a day of each table of values: made when needed, dropped when too old."""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from psycopg import sql

from connectors.stores.postgres import Connection

DAY_MS: Final = 86_400_000
_TABLES: Final = ("metric_points", "metric_five_minutes", "metric_hours")
_DATE: Final = "%Y%m%d"
_LOCK: Final = 7_203_115  # an advisory lock of ours: one transaction at a time makes partitions


class Day(NamedTuple):
    """The partitions of one day, and the times that they hold: [start_ms, end_ms)."""

    start_ms: int
    end_ms: int
    points: sql.Identifier
    five_minutes: sql.Identifier
    hours: sql.Identifier


def day_of(time_ms: int) -> Day:
    """The day (UTC) of a time. Pure."""
    start_ms = time_ms // DAY_MS * DAY_MS
    date = datetime.fromtimestamp(start_ms / 1000, UTC)
    names = (sql.Identifier(f"{table}_{date:{_DATE}}") for table in _TABLES)
    return Day(start_ms, start_ms + DAY_MS, *names)


async def make(connection: Connection, day: Day) -> None:
    """Makes the partitions of a day unless they are there.

    Attached, not created in place: that would wait for every reader of the table.
    """
    if await _is_there(connection, day):
        return
    await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    if await _is_there(connection, day):
        return
    partitions = (day.points, day.five_minutes, day.hours)
    for table, partition in zip(_TABLES, partitions, strict=True):
        # Buckets are updated again and again: room in the page keeps their index still.
        room = sql.SQL("" if table == "metric_points" else "with (fillfactor = 70)")
        statement = sql.SQL("create table {} (like {} including all) {}")
        await connection.execute(statement.format(partition, sql.Identifier(table), room))
        attach = sql.SQL("alter table {} attach partition {} for values from ({}) to ({})")
        await connection.execute(
            attach.format(sql.Identifier(table), partition, day.start_ms, day.end_ms)
        )


async def kept(connection: Connection) -> list[Day]:
    """Every day that has partitions, ascending."""
    cursor = await connection.execute(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " where i.inhparent = %s::regclass",
        (_TABLES[0],),
    )
    dates = sorted(name.rpartition("_")[2] for (name,) in await cursor.fetchall())
    starts = (datetime.strptime(date, _DATE).replace(tzinfo=UTC) for date in dates)
    return [day_of(int(start.timestamp()) * 1000) for start in starts]


async def drop(connection: Connection, day: Day) -> None:
    """Drops the partitions of a day; gives up (as "not now") when readers hold them for long."""
    await connection.execute("set local lock_timeout = '5s'")
    statement = sql.SQL("drop table if exists {}, {}, {}")
    await connection.execute(statement.format(day.points, day.five_minutes, day.hours))


async def _is_there(connection: Connection, day: Day) -> bool:
    cursor = await connection.execute(
        "select to_regclass(%s) is not null", (day.hours.as_string(None),)
    )
    row = await cursor.fetchone()
    return bool(row and row[0])
