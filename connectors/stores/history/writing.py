"""How points get into Postgres: a copy, an upsert, and the buckets that were touched.

Everything happens in the caller's transaction, on the partitions of one day after another. The
series are locked first, in order, so that two writers of one series follow one another and each
sums what the other has left.
"""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from psycopg import sql

from connectors.stores.history.days import Day
from connectors.stores.postgres import Connection

FIVE_MINUTES_MS: Final = 300_000
HOUR_MS: Final = 3_600_000


class Row(NamedTuple):
    """A point as the table keeps it."""

    series: int
    time_ms: int
    value: float
    offset: int
    partition: int
    position: int  # within the record


# The binary format of COPY: how many fields, then each with its length before it.
_ROW = struct.Struct(">hiqiqidiqiiii")
_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_COLUMNS = sql.SQL('series, time_ms, value, "offset", partition, index')

_ARRIVING = """
create temporary table if not exists arriving_points (
    series bigint, time_ms bigint, value double precision, "offset" bigint, partition integer,
    index integer
) on commit delete rows
"""
# A row that was inserted has no xmax; one that was updated has ours.
_UPSERT = """
with kept as (
    insert into {points} as old ({columns})
    select distinct on (series, time_ms) {columns} from pg_temp.arriving_points
    where time_ms >= {start} and time_ms < {end}
    order by series, time_ms, partition desc, "offset" desc, index desc
    on conflict (series, time_ms) do update set value = excluded.value,
        "offset" = excluded."offset", partition = excluded.partition, index = excluded.index
    where (excluded.partition, excluded."offset", excluded.index)
        > (old.partition, old."offset", old.index)
    returning xmax = 0 as is_new
)
select count(*) filter (where is_new) from kept
"""
_TOUCHED = """
with touched as (
    select distinct series, time_ms / {width} * {width} as start_ms from pg_temp.arriving_points
    where time_ms >= {start} and time_ms < {end}
)
insert into {buckets} (series, start_ms, count, sum, min, max, last)
select touched.series, touched.start_ms, summed.* from touched cross join lateral ({sums}) as summed
order by 1, 2
on conflict (series, start_ms) do update set count = excluded.count, sum = excluded.sum,
    min = excluded.min, max = excluded.max, last = excluded.last
"""
_OF_POINTS = """
select count(*), sum(value), min(value), max(value),
       (array_agg(value order by time_ms desc))[1]
from {points} as p where p.series = touched.series
     and p.time_ms >= touched.start_ms and p.time_ms < touched.start_ms + {width}
"""
_OF_BUCKETS = """
select sum(count)::bigint, sum(sum), min(min), max(max), (array_agg(last order by start_ms desc))[1]
from {five_minutes} as b where b.series = touched.series
     and b.start_ms >= touched.start_ms and b.start_ms < touched.start_ms + {width}
"""
# An update that changes nothing still locks its row.
_NAME = """
insert into metric_series (id, host, metric)
select * from unnest(%s::bigint[], %s::text[], %s::text[]) as named (id, host, metric) order by id
on conflict (id) do update set host = excluded.host where false
"""
_FORGET: Final = (
    "delete from metric_points where series = any(%s)",
    "delete from metric_five_minutes where series = any(%s)",
    "delete from metric_hours where series = any(%s)",
    "delete from metric_series where id = any(%s)",
)
_LOCK = """
select count(*) from (
    select from metric_series where id = any(%b) order by id for no key update
) as locked
"""


async def lock(connection: Connection, numbers: list[int]) -> int:
    """Hold these series until the transaction ends; returns how many of them there are."""
    row = await (await connection.execute(_LOCK, (numbers,))).fetchone()
    return int(row[0]) if row else 0


async def name_and_lock(connection: Connection, series: dict[int, tuple[str, str]]) -> None:
    """Name the series that are new, and hold all of them until the transaction ends."""
    hosts = [host for host, _ in series.values()]
    metrics = [metric for _, metric in series.values()]
    await connection.execute(_NAME, (list(series), hosts, metrics))


async def misnamed(connection: Connection, series: dict[int, tuple[str, str]]) -> set[int]:
    """The ids that stand for other names than these."""
    cursor = await connection.execute(
        "select id, host, metric from metric_series where id = any(%s)", (list(series),)
    )
    return {row[0] for row in await cursor.fetchall() if series[row[0]] != (row[1], row[2])}


async def copy(connection: Connection, rows: Sequence[Row]) -> None:
    """Bring rows to where the statements of the days find them."""
    await connection.execute(_ARRIVING)
    await connection.execute("delete from pg_temp.arriving_points")
    statement = sql.SQL("copy pg_temp.arriving_points ({}) from stdin (format binary)")
    async with connection.cursor().copy(statement.format(_COLUMNS)) as copying:
        await copying.write(packed(rows))


async def forget(connection: Connection, hosts: Sequence[str]) -> None:
    """Delete the series of these hosts with all that is kept of them."""
    cursor = await connection.execute(
        "select id from metric_series where host = any(%s) order by id for update", (list(hosts),)
    )
    numbers = [row[0] for row in await cursor.fetchall()]
    for delete in _FORGET:
        await connection.execute(delete, (numbers,))


def packed(rows: Sequence[Row]) -> bytes:
    """Rows as binary COPY reads them, in the order of the table's columns."""
    return _HEADER + b"".join(map(_packed, rows)) + _TRAILER


async def upsert(connection: Connection, day: Day) -> int:
    """Keep what was copied of a day, and bring its buckets up to date; returns the new points."""
    bounds = {"start": sql.Literal(day.start_ms), "end": sql.Literal(day.end_ms)}
    statement = sql.SQL(_UPSERT).format(points=day.points, columns=_COLUMNS, **bounds)
    row = await (await connection.execute(statement)).fetchone()
    width = sql.Literal(FIVE_MINUTES_MS)
    sums = sql.SQL(_OF_POINTS).format(points=day.points, width=width)
    touched = sql.SQL(_TOUCHED)
    await connection.execute(
        touched.format(buckets=day.five_minutes, sums=sums, width=width, **bounds)
    )
    width = sql.Literal(HOUR_MS)
    sums = sql.SQL(_OF_BUCKETS).format(five_minutes=day.five_minutes, width=width)
    await connection.execute(touched.format(buckets=day.hours, sums=sums, width=width, **bounds))
    return row[0] if row else 0


def _packed(row: Row) -> bytes:
    series, time_ms, value, offset, partition, position = row
    return _ROW.pack(6, 8, series, 8, time_ms, 8, value, 8, offset, 4, partition, 4, position)
