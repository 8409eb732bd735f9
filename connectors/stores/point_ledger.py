"""What Postgres says about the books of metric points: sums per source, and every row that is
wrong. Reads within the caller's snapshot; the chains are in ledger.py, which knows those of points
too.
"""

from typing import Any

import psycopg

from schemas.ledger import Fault, MetricLine

Connection = psycopg.Connection[tuple[Any, ...]]

_SOURCES = """
select source, sum(points)::bigint, sum(stored)::bigint, sum(deduplicated)::bigint,
       sum(dead)::bigint
from (
    select source, points, stored, deduplicated, dead, false as removed from point_batches
    where records = 1 and not expired
    union all
    select source, points, stored, deduplicated, dead, false from packed_point_sums
    union all
    select source, -points, -stored, -deduplicated, -dead, true from removed_point_sums
) as rows group by source having sum(points) <> 0 or not bool_or(removed) order by source
"""
_MISSTATED = """
select source, topic, partition, "offset", points, stated_points from point_batches
where stated_points is not null and stated_points <> points order by 1, 2, 3, 4
"""
_UNEVEN = """
select source, topic, partition, "offset", points, stored + deduplicated + dead from point_batches
where points <> stored + deduplicated + dead order by 1, 2, 3, 4
"""
_PACKED = """
with runs as (
    select topic, partition, epoch, sum(points) as points, sum(stored) as stored
    from point_batches where records > 1 group by 1, 2, 3
), sums as (
    select topic, partition, epoch, sum(points) as points, sum(stored) as stored
    from packed_point_sums group by 1, 2, 3
)
select topic, partition, epoch, coalesce(runs.points, 0), coalesce(sums.points, 0)
from runs full join sums using (topic, partition, epoch)
where (coalesce(runs.points, 0), coalesce(runs.stored, 0))
   <> (coalesce(sums.points, 0), coalesce(sums.stored, 0))
"""


def sources(connection: Connection) -> dict[str, MetricLine]:
    """The books of every source of points."""
    return {
        row[0]: MetricLine(
            source=row[0],
            accepted=row[1],
            stored=row[2],
            deduplicated=row[3],
            dead_lettered=row[4],
        )
        for row in connection.execute(_SOURCES)
    }


def faults(connection: Connection) -> list[Fault]:
    """Rows that do not agree with their edge, with themselves, or with their sums."""
    found = [
        Fault(
            kind="misstated",
            detail=f"{t}-{p}@{o}: {got} points, its edge sent {sent}",
            source=name,
        )
        for name, t, p, o, got, sent in connection.execute(_MISSTATED)
    ]
    found += [
        Fault(kind="uneven", detail=f"{t}-{p}@{o}: {a} points, {b} accounted for", source=name)
        for name, t, p, o, a, b in connection.execute(_UNEVEN)
    ]
    found += [
        Fault(kind="packed", detail=f"{t}-{p} epoch {e}: packed runs hold {a} points, sums {b}")
        for t, p, e, a, b in connection.execute(_PACKED)
    ]
    return found
