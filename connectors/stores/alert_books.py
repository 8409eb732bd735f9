"""What Postgres says about the books of alerts: sums, the frontier, and every row that is wrong."""

from typing import Any, NamedTuple

import psycopg

from schemas.ledger import AlertBooks, Fault

Connection = psycopg.Connection[tuple[Any, ...]]


class Decided(NamedTuple):
    """The last record of a partition that was decided; `stamp` is its own time, Unix ms."""

    offset: int
    stamp: int


_SUMS = """
select (select count(*) from alert_events),
       (select count(*) from alert_strays where kind = 'repeat'),
       (select count(*) from alert_strays where kind = 'dead')
"""
# Versions of an alert go from 1 to the newest without a hole.
_MISSING = """
select id, count(*), max(version) from alert_events
group by id having count(*) <> max(version) or min(version) <> 1 order by id
"""
_UNEQUAL = """
select coalesce(a.id, e.id), coalesce(a.version, 0), coalesce(e.version, 0)
from alerts a full join (select id, max(version) as version from alert_events group by id) e
using (id) where a.version is distinct from e.version order by 1
"""


def read(connection: Connection) -> tuple[AlertBooks, dict[int, Decided], list[Fault]]:
    """Everything in one snapshot; nothing is in flight yet. Frontiers are by partition."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        stored, repeats, dead = connection.execute(_SUMS).fetchall()[0]
        books = AlertBooks(
            published=stored + repeats + dead,
            stored=stored,
            deduplicated=repeats,
            dead_lettered=dead,
        )
        rows = connection.execute('select partition, "offset", stamp from alert_frontiers')
        frontiers = {row[0]: Decided(*row[1:]) for row in rows}
        faults = [
            Fault(kind="missing", detail=f"alert {id_}: {count} of {newest} versions are stored")
            for id_, count, newest in connection.execute(_MISSING)
        ]
        faults += [
            Fault(kind="unequal", detail=f"alert {id_} is at {at}, its newest version is {newest}")
            for id_, at, newest in connection.execute(_UNEQUAL)
        ]
        return books, frontiers, faults
