"""What Postgres says about the books: sums per source, frontiers, and every row that is wrong."""

from typing import Any, NamedTuple

import psycopg

from connectors.stores import point_ledger
from connectors.stores.epochs import Epoch
from schemas.batches import Chain
from schemas.ledger import Fault, MetricLine, SourceLine

Connection = psycopg.Connection[tuple[Any, ...]]


class Books(NamedTuple):
    """One consistent view: sources of lines and of points by name, newest epoch by (topic,
    partition), faults.

    `beyond` has by (topic, partition, epoch) the rows behind a hole, as (prev_offset, offset).
    """

    sources: dict[str, SourceLine]
    metrics: dict[str, MetricLine]
    epochs: dict[tuple[str, int], Epoch]
    beyond: dict[Chain, list[tuple[int, int]]]
    faults: list[Fault]


_SOURCES = """
select source, sum(lines)::bigint, sum(parsed)::bigint, sum(deduplicated)::bigint,
       sum(dead)::bigint, coalesce(max(guessed), 0), coalesce(max(unbelieved), 0)
from (
    select source, lines, parsed, deduplicated, dead, false as removed from batches
    where records = 1 and not expired
    union all
    select source, lines, parsed, deduplicated, dead, false from packed_sums
    union all
    select source, -lines, -parsed, -deduplicated, -dead, true from removed_sums
) as rows left join line_times using (source) group by source
having sum(lines) <> 0 or not bool_or(removed) order by source
"""

# A hole: the row says it follows a record that is neither the one before it nor before that.
_HOLES = """
select topic, partition, epoch, coalesce(before, first - 1) + 1, prev_offset from (
    select b.topic, b.partition, b.epoch, b.prev_offset, f.first,
           lag(b."offset") over (partition by b.topic, b.partition, b.epoch
                                 order by b."offset") as before
    from chained b join frontiers f using (topic, partition, epoch)
) as chain where prev_offset > coalesce(before, first - 1)
order by 1, 2, 3, 4
"""
_SHORT = """
select f.topic, f.partition, f.epoch, coalesce(max(b."offset"), f.first - 1) + 1, f.applied
from frontiers f left join chained b using (topic, partition, epoch)
group by f.topic, f.partition, f.epoch, f.first, f.applied
having f.applied > coalesce(max(b."offset"), f.first - 1)
order by 1, 2, 3
"""
_EXPIRED = """
select topic, partition, epoch, prev_offset + 1, "offset" from chained where expired
order by 1, 2, 3, 4
"""
_MISSTATED = """
select source, topic, partition, "offset", lines, stated_lines from batches
where stated_lines is not null and stated_lines <> lines order by 1, 2, 3, 4
"""
_UNEVEN = """
select source, topic, partition, "offset", lines, parsed + deduplicated + dead from batches
where lines <> parsed + deduplicated + dead order by 1, 2, 3, 4
"""
_COUNTS = """
with rows as (
    select source, sum(parsed)::bigint as parsed from (
        select source, parsed from batches where records = 1
        union all select source, parsed from packed_sums
        union all select source, -parsed from removed_sums
    ) as applied group by source
), minutes as (
    select source, sum(lines)::bigint as lines from pattern_minutes group by source
), hours as (
    select source, sum(lines)::bigint as lines from pattern_hours group by source
)
select source, coalesce(parsed, 0), coalesce(minutes.lines, 0), coalesce(hours.lines, 0)
from rows full join minutes using (source) full join hours using (source)
where coalesce(parsed, 0) <> coalesce(minutes.lines, 0)
   or coalesce(parsed, 0) <> coalesce(hours.lines, 0)
order by source
"""
_PACKED = """
with runs as (
    select topic, partition, epoch, sum(lines) as lines, sum(parsed) as parsed
    from batches where records > 1 group by 1, 2, 3
), sums as (
    select topic, partition, epoch, sum(lines) as lines, sum(parsed) as parsed
    from packed_sums group by 1, 2, 3
)
select topic, partition, epoch, coalesce(runs.lines, 0), coalesce(sums.lines, 0)
from runs full join sums using (topic, partition, epoch)
where (coalesce(runs.lines, 0), coalesce(runs.parsed, 0))
   <> (coalesce(sums.lines, 0), coalesce(sums.parsed, 0))
"""
_EPOCHS = """
select distinct on (e.topic, e.partition) e.topic, e.partition, e.epoch, e.start, e.cluster_id,
       f.applied, b.arrival
from epochs e left join frontiers f using (topic, partition, epoch)
left join chained b on (b.topic, b.partition, b.epoch) = (e.topic, e.partition, e.epoch)
     and b."offset" = f.applied and not b.expired
order by e.topic, e.partition, e.epoch desc
"""

_BEYOND = """
select topic, partition, epoch, prev_offset, "offset"
from batches join frontiers using (topic, partition, epoch) where "offset" > applied
order by 1, 2, 3, 4
"""


def newest_epochs(connection: Connection) -> dict[tuple[str, int], Epoch]:
    """The newest epoch of each partition, by (topic, partition)."""
    return {(row[0], row[1]): Epoch(*row[2:]) for row in connection.execute(_EPOCHS)}


def books(connection: Connection) -> Books:
    """Everything in one snapshot of the database."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        sources = {
            row[0]: SourceLine(
                source=row[0],
                accepted=row[1],
                parsed=row[2],
                deduplicated=row[3],
                dead_lettered=row[4],
                guessed_times=row[5],
                unbelieved_times=row[6],
            )
            for row in connection.execute(_SOURCES)
        }
        epochs = newest_epochs(connection)
        beyond: dict[Chain, list[tuple[int, int]]] = {}
        for topic, partition, epoch, prev_offset, offset in connection.execute(_BEYOND):
            beyond.setdefault(Chain(topic, partition, epoch), []).append((prev_offset, offset))
        found = _faults(connection) + point_ledger.faults(connection)
        return Books(sources, point_ledger.sources(connection), epochs, beyond, found)


def _faults(connection: Connection) -> list[Fault]:
    found = [
        Fault(kind="missing", detail=f"{t}-{p} epoch {e}: no row for offsets {a} to {z}")
        for query in (_HOLES, _SHORT)
        for t, p, e, a, z in connection.execute(query)
    ]
    found += [
        Fault(kind="expired", detail=f"{t}-{p} epoch {e}: offsets {a} to {z} were never read")
        for t, p, e, a, z in connection.execute(_EXPIRED)
    ]
    found += [
        Fault(
            kind="misstated", detail=f"{t}-{p}@{o}: {got} lines, its edge sent {sent}", source=name
        )
        for name, t, p, o, got, sent in connection.execute(_MISSTATED)
    ]
    found += [
        Fault(kind="uneven", detail=f"{t}-{p}@{o}: {a} lines, {b} accounted for", source=name)
        for name, t, p, o, a, b in connection.execute(_UNEVEN)
    ]
    found += [
        Fault(
            kind="counts",
            detail=f"{parsed} lines parsed, {minutes} counted by minute, {hours} by place",
            source=name,
        )
        for name, parsed, minutes, hours in connection.execute(_COUNTS)
    ]
    found += [
        Fault(kind="packed", detail=f"{t}-{p} epoch {e}: packed runs hold {a} lines, sums {b}")
        for t, p, e, a, b in connection.execute(_PACKED)
    ]
    return found
