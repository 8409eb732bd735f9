"""Which records may hold the lines that somebody looks for, the newest first."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL, Composable

from connectors.stores.postgres import Connection
from schemas.log_reads import Wanted
from schemas.severities import Severity


class Place(NamedTuple):
    """A row of batches; times are Unix minutes of its lines, `arrival` is in ms.

    Its records are those behind `prev_offset` up to `offset`.
    """

    last_minute: int
    arrival: int
    partition: int
    offset: int
    prev_offset: int
    lines: int
    current: bool  # False: of an earlier life of the topic, where other records stand now

    @property
    def key(self) -> tuple[int, int, int, int]:
        """By which they are ordered."""
        return self[:4]


_NEWEST: Final = SQL("""
select b.last_minute, b.arrival, b.partition, b."offset", b.prev_offset, b.lines,
       b.epoch = (select max(epoch) from frontiers f
                  where f.topic = b.topic and f.partition = b.partition)
from batches b
where b.topic = %(topic)s and b.parsed > 0 and not b.expired
  and b.last_minute >= %(since)s and b.first_minute <= %(until)s and b.last_minute <= %(newest)s
  and (b.last_minute, b.arrival, b.partition, b."offset") <= (%(m)s, %(a)s, %(p)s, %(o)s)
  and {narrowed}
order by b.last_minute desc, b.arrival desc, b.partition desc, b."offset" desc limit %(limit)s
""")
# Old counts by the minute stand at the first minute of their hour.
# A packed row does not say whose lines it has.
_SOURCES: Final = SQL("(b.source = '' or b.source = any(%(sources)s))")
_NOT_SOURCES: Final = SQL("b.source <> all(%(not_sources)s)")
_PATTERNS: Final = SQL("""
(b.source = '' or exists (
    select from pattern_minutes m where m.source = b.source and m.uid = any(%(uids)s)
    and m.severity = any(%(levels)s)
    and m.minute between b.first_minute / 60 * 60 and b.last_minute))
""")
_HOSTS: Final = SQL("""
(b.source = '' or b.source in (select source from line_hosts where host = any(%(hosts)s)))
""")


async def newest(
    connection: Connection,
    topic: str,
    wanted: Wanted,
    start: tuple[int, int, int, int] | None,
    limit: int,
) -> list[Place]:
    """Places from `start` (a key) on, or from the newest. Others cannot hold a wanted line."""
    narrowed: list[Composable] = [SQL("true")]
    for name, by, sql in (
        ("source", wanted.only, _SOURCES),
        ("source", wanted.never, _NOT_SOURCES),
        ("pattern", wanted.only, _PATTERNS),
        ("host", wanted.only, _HOSTS),
    ):
        if name in by:
            narrowed.append(sql)
    key = start or (2**31 - 1, 2**62, 2**31 - 1, 2**62)
    bound: dict[str, Any] = {
        "topic": topic,
        "since": wanted.since_ms // 60_000,
        "until": wanted.until_ms // 60_000,
        "newest": key[0],
        "sources": wanted.only.get("source", []),
        "not_sources": wanted.never.get("source", []),
        "uids": wanted.only.get("pattern", []),
        "hosts": wanted.only.get("host", []),
        "levels": wanted.levels or list(map(int, Severity)),
        "limit": limit,
    } | dict(zip("mapo", key, strict=True))
    query = _NEWEST.format(narrowed=SQL(" and ").join(narrowed))
    cursor = await connection.execute(query, bound)
    return [Place(*row) for row in await cursor.fetchall()]


def in_one_go(places: Sequence[Place], rows: int, lines: int) -> int:
    """How many of the places, from the first on, hold about so many lines; one at least."""
    total = 0
    for count, place in enumerate(places[:rows]):
        total += place.lines
        if total > lines:
            return max(count, 1)
    return min(rows, len(places))
