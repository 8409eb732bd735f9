"""How points come out of Postgres again."""

from collections.abc import AsyncIterator
from typing import Final

from psycopg import sql

from connectors.stores.history.writing import FIVE_MINUTES_MS, HOUR_MS
from connectors.stores.postgres import Connection
from schemas.history import Aggregate, Point, Series, Track

_PACK: Final = 10_000

_BUCKETS: Final = ((HOUR_MS, "metric_hours"), (FIVE_MINUTES_MS, "metric_five_minutes"))
# Whole buckets in the middle; the edges of the range cut through some, whose points are read.
_STEPS = """
select start_ms, sum(count)::bigint, sum(sum), min(min), max(max),
       (array_agg(last order by time_ms desc))[1]
from (
    select time_ms / {step} * {step} as start_ms, * from (
        select start_ms as time_ms, count, sum, min, max, last from {buckets}
        where series = %(series)s and start_ms >= %(first)s and start_ms < %(last)s
        union all
        select time_ms, 1, value, value, value, value from metric_points
        where series = %(series)s and time_ms >= %(from)s and time_ms < %(first)s
        union all
        select time_ms, 1, value, value, value, value from metric_points
        where series = %(series)s and time_ms >= %(last)s and time_ms < %(to)s
    ) as parts
) as parts group by start_ms order by start_ms
"""
_SERIES = """
select s.host, s.metric, oldest.time_ms, newest.time_ms, newest.value from metric_series s
cross join lateral (
    select time_ms from metric_points where series = s.id order by time_ms limit 1
) as oldest
cross join lateral (
    select time_ms, value from metric_points where series = s.id order by time_ms desc limit 1
) as newest
where %(host)s::text is null or s.host = %(host)s order by 1, 2
"""
_EVERYTHING = """
select s.host, s.metric, p.time_ms, p.value, p.partition, p."offset", p.index
from metric_points p join metric_series s on s.id = p.series
"""


async def points(connection: Connection, number: int, from_ms: int, to_ms: int) -> Track:
    """The points of one series in [from_ms, to_ms)."""
    cursor = await connection.execute(
        "select time_ms, value from metric_points"
        " where series = %s and time_ms >= %s and time_ms < %s order by time_ms",
        (number, from_ms, to_ms),
    )
    rows = await cursor.fetchall()
    return Track([row[0] for row in rows], [row[1] for row in rows])


async def steps(
    connection: Connection,
    number: int,
    from_ms: int,
    to_ms: int,
    step_ms: int,
    aggregate: Aggregate,
) -> Track:
    """One value for each step of the range that has points."""
    width, table = next((b for b in _BUCKETS if step_ms % b[0] == 0), (1, ""))
    first = min(-(-from_ms // width) * width, to_ms) if table else to_ms
    last = max(to_ms // width * width, first) if table else to_ms
    statement = sql.SQL(_STEPS).format(
        step=sql.Literal(step_ms), buckets=sql.Identifier(table or _BUCKETS[-1][1])
    )
    places = {"series": number, "from": from_ms, "first": first, "last": last, "to": to_ms}
    rows = await (await connection.execute(statement, places)).fetchall()
    return Track([row[0] for row in rows], [_value(aggregate, *row[1:]) for row in rows])


def _value(
    aggregate: Aggregate, count: int, total: float, least: float, most: float, last: float
) -> float:
    if aggregate == "count":
        return float(count)
    if aggregate == "mean":
        return min(max(total / count, least), most)  # rounding must not lead out of the range
    return {"min": least, "max": most, "last": last}[aggregate]


async def series(connection: Connection, host: str | None) -> list[Series]:
    """The series that have points, of one host or of all."""
    cursor = await connection.execute(_SERIES, {"host": host})
    return [Series(*row) for row in await cursor.fetchall()]


async def everything(connection: Connection) -> AsyncIterator[list[Point]]:
    """All points, read through a cursor on the server."""
    async with connection.cursor("everything") as cursor:
        await cursor.execute(_EVERYTHING)
        while rows := await cursor.fetchmany(_PACK):
            yield [Point(*row) for row in rows]
