"""Patterns and their counts: written by persist in its transaction, read by people's commands."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import psycopg

from connectors.stores.columns import columns
from connectors.stores.postgres import Connection
from schemas.counts import HourKey, LineTimes, MinuteKey, Sighted

_MINUTES = """
insert into pattern_minutes (source, uid, severity, minute, lines, events)
select * from unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[])
on conflict (source, uid, severity, minute) do update
set lines = pattern_minutes.lines + excluded.lines,
    events = pattern_minutes.events + excluded.events
"""
_HOURS = """
insert into pattern_hours (source, uid, host, service, hour, lines)
select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::bigint[])
on conflict (source, uid, host, service, hour) do update
set lines = pattern_hours.lines + excluded.lines
"""
_SIGHTINGS = """
insert into pattern_sightings (source, uid, first_seen, last_seen, topic, partition, epoch,
                               "offset", line)
select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::int[],
                     %s::int[], %s::bigint[], %s::int[])
on conflict (source, uid) do update
set first_seen = least(pattern_sightings.first_seen, excluded.first_seen),
    last_seen = greatest(pattern_sightings.last_seen, excluded.last_seen),
    topic = excluded.topic, partition = excluded.partition, epoch = excluded.epoch,
    "offset" = excluded."offset", line = excluded.line
"""
_BIRTHS = """
insert into patterns (uid, template, sample)
select * from unnest(%s::text[], %s::text[], %s::text[])
on conflict (uid) do update set template = excluded.template
where patterns.template <> excluded.template
"""
_ALIASES = """
insert into pattern_aliases (uid, other) select * from unnest(%s::text[], %s::text[])
on conflict do nothing
"""


_TIMES = """
insert into line_times (source, guessed, unbelieved)
select * from unnest(%s::text[], %s::bigint[], %s::bigint[])
on conflict (source) do update
set guessed = line_times.guessed + excluded.guessed,
    unbelieved = line_times.unbelieved + excluded.unbelieved
"""


async def add_minutes(connection: Connection, counts: Mapping[MinuteKey, tuple[int, int]]) -> None:
    """Add (lines, events); keys in sorted order, so that two writers cannot deadlock."""
    if counts:
        await connection.execute(_MINUTES, columns((*k, *counts[k]) for k in sorted(counts)))


async def add_hours(connection: Connection, counts: Mapping[HourKey, int]) -> None:
    """Add lines by place and hour, in sorted order."""
    if counts:
        await connection.execute(_HOURS, columns((*k, counts[k]) for k in sorted(counts)))


async def add_sightings(
    connection: Connection, sightings: Mapping[tuple[str, str], Sighted]
) -> None:
    """Widen the times of (source, uid) and point to its newest line, in sorted order."""
    if sightings:
        await connection.execute(
            _SIGHTINGS, columns((*k, *sightings[k]) for k in sorted(sightings))
        )


async def add_times(connection: Connection, times: Mapping[str, LineTimes]) -> None:
    """Add what is to be said of the times of sources' lines, in sorted order."""
    if times:
        await connection.execute(_TIMES, columns((k, *times[k]) for k in sorted(times)))


async def add_births(connection: Connection, births: Mapping[str, tuple[str, str]]) -> None:
    """Make uids known with (template, sample); a known one keeps its sample."""
    if births:
        rows = ((uid, *map(_storable, births[uid])) for uid in sorted(births))
        await connection.execute(_BIRTHS, columns(rows))


async def add_aliases(connection: Connection, aliases: set[tuple[str, str]]) -> None:
    """Add edges of the set union of uids."""
    if aliases:
        await connection.execute(_ALIASES, columns(sorted(aliases)))


def _storable(text: str) -> str:
    """Postgres keeps no NUL in text; shown as its picture (U+2400)."""
    return text.replace("\x00", "\u2400")


class Counted(NamedTuple):
    """A uid as it was counted, before aliases are applied. Times are Unix ms.

    `current`: its newest line lies in this life of the topic; in an earlier one's place others
    stand now.
    """

    uid: str
    template: str
    sample: str
    lines: int
    events: int
    first_seen: int
    last_seen: int
    source: str
    topic: str
    partition: int
    epoch: int
    offset: int
    line: int
    current: bool = True


CURRENT: Final = """
s.epoch = (select max(epoch) from frontiers f where f.topic = s.topic and f.partition = s.partition)
"""
_COUNTED = f"""
with counted as (
    select source, uid, sum(lines)::bigint as lines, sum(events)::bigint as events
    from pattern_minutes where %(source)s::text is null or source = %(source)s
    group by source, uid
)
select c.uid, coalesce(p.template, ''), coalesce(p.sample, ''), c.lines, c.events,
       s.first_seen, s.last_seen, c.source, s.topic, s.partition, s.epoch, s."offset", s.line,
       {CURRENT}
from counted c join pattern_sightings s using (source, uid) left join patterns p using (uid)
order by c.lines desc, c.uid
"""  # noqa: S608 (our own text)


def counted(connection: psycopg.Connection[tuple[Any, ...]], source: str | None) -> list[Counted]:
    """Every uid of one source, or of all, with its counts."""
    rows = connection.execute(_COUNTED, {"source": source}).fetchall()
    return [Counted(*row) for row in rows]


def aliases(connection: psycopg.Connection[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """All edges of the union of uids."""
    return [(a, b) for a, b in connection.execute("select uid, other from pattern_aliases")]


def services(
    connection: psycopg.Connection[tuple[Any, ...]], source: str | None
) -> list[tuple[str, str]]:
    """Distinct (uid, service) pairs, services that the lines named."""
    rows = connection.execute(
        "select distinct uid, service from pattern_hours"
        " where service <> '' and (%(source)s::text is null or source = %(source)s)"
        " order by 1, 2",
        {"source": source},
    ).fetchall()
    return [(uid, service) for uid, service in rows]


def templates(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, str]:
    """The newest template of every uid."""
    return dict(connection.execute("select uid, template from patterns").fetchall())
