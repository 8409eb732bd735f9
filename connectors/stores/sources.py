"""The books of each source, kept beside the rows that they add up.

`add` works in the transaction that writes the rows, so that sums and rows never differ; the
ledger, which adds the rows up itself, is what proves it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL, Composable

from connectors.stores.postgres import Connection
from schemas.sources import SourceKind, SourceSum

_ADD: Final = """
insert into source_sums as known
select * from unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
                     %s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::bigint[])
on conflict (source, kind) do update set
    accepted = known.accepted + excluded.accepted,
    stored = known.stored + excluded.stored,
    deduplicated = known.deduplicated + excluded.deduplicated,
    dead = known.dead + excluded.dead,
    last_arrival = greatest(known.last_arrival, excluded.last_arrival),
    minute = greatest(known.minute, excluded.minute),
    in_minute = case
        when excluded.minute > known.minute then excluded.in_minute
        when excluded.minute = known.minute then known.in_minute + excluded.in_minute
        else known.in_minute end,
    in_minute_before = case
        when excluded.minute > known.minute + 1 then excluded.in_minute_before
        when excluded.minute = known.minute + 1 then known.in_minute + excluded.in_minute_before
        when excluded.minute = known.minute
            then known.in_minute_before + excluded.in_minute_before
        when excluded.minute = known.minute - 1 then known.in_minute_before + excluded.in_minute
        else known.in_minute_before end
"""
_UP, _DOWN = (SQL(">"), SQL("asc")), (SQL("<"), SQL("desc"))
_ORDERS: Final = {
    "source": (SQL("source"), *_UP),
    "-last_seen": (SQL("coalesce(last_arrival, 0)"), *_DOWN),
    "-accepted": (SQL("accepted"), *_DOWN),
    "-dead_lettered": (SQL("dead"), *_DOWN),
    "-in_flight": (SQL("in_flight"), *_DOWN),
}
_ROWS: Final = SQL("""
with waiting as (
    select * from unnest(%(names)s::text[], %(kinds)s::text[], %(counts)s::bigint[])
        as w (source, kind, in_flight)
), joined as (
    select source, kind, coalesce(accepted, 0) as accepted, coalesce(stored, 0) as stored,
           coalesce(deduplicated, 0) as deduplicated, coalesce(dead, 0) as dead, last_arrival,
           coalesce(minute, 0) as minute, coalesce(in_minute, 0) as in_minute,
           coalesce(in_minute_before, 0) as in_minute_before,
           coalesce(in_flight, 0) as in_flight, source = any(%(silent)s::text[]) as silent
    from source_sums full join waiting using (source, kind)
), chosen as (
    select * from joined
    where (%(q)s = '' or strpos(lower(source), lower(%(q)s)) > 0)
      and (%(kind)s::text is null or kind = %(kind)s)
      and (%(name)s::text is null or source = %(name)s)
      and (%(is_silent)s::bool is null or silent = %(is_silent)s)
      and (%(demo)s::bool is null or starts_with(source, 'demo/') = %(demo)s)
)
""")
_BEHIND: Final = SQL(
    "where {value} {sign} %(v)s or ({value} = %(v)s and (source, kind) > (%(s)s, %(k)s))"
)
_LISTED: Final = SQL(
    "{rows} select * from chosen {behind} order by {value} {way}, source, kind limit %(limit)s"
)
_COUNTED: Final = SQL("{rows} select count(*) from chosen")
_SILENT: Final = """
select substr(key, length('source_silent source:') + 1)
from alerts, jsonb_each_text(document -> 'annotations')
where state in ('pending', 'firing') and starts_with(key, 'source_silent source:')
  and strpos(value, ' is silent for ') > 0
"""


class SourceRow(NamedTuple):
    """As Postgres has it, with what is in flight of it; times in Unix ms."""

    source: str
    kind: SourceKind
    accepted: int
    stored: int
    deduplicated: int
    dead: int
    last_arrival: int | None
    minute: int
    in_minute: int
    in_minute_before: int
    in_flight: int
    silent: bool


class Wanted(NamedTuple):
    """Which sources; "" and None do not restrict. `after` is (sort value, source, kind)."""

    sort: str = "source"
    limit: int = 100
    q: str = ""
    name: str | None = None
    kind: SourceKind | None = None
    silent: bool | None = None
    demo: bool | None = None
    after: Sequence[Any] | None = None


async def add(connection: Connection, kind: SourceKind, sums: Mapping[str, SourceSum]) -> None:
    """Add to the books, in order of the key, so that two writers wait and never block."""
    if not sums:
        return
    rows = [(source, kind, *added) for source, added in sorted(sums.items())]
    await connection.execute(_ADD, [list(column) for column in zip(*rows, strict=True)])


async def silent(connection: Connection) -> list[str]:
    """Sources of which an open alert says that they are silent."""
    cursor = await connection.execute(_SILENT)
    return [row[0] for row in await cursor.fetchall()]


async def page(
    connection: Connection,
    wanted: Wanted,
    waiting: Mapping[tuple[SourceKind, str], int],
    quiet: Sequence[str],
) -> tuple[list[SourceRow], int]:
    """At most `limit` + 1 rows behind `after`, and how many match. `waiting` is in flight."""
    value, sign, way = _ORDERS[wanted.sort]
    values: dict[str, Any] = {
        "names": [source for _, source in waiting],
        "kinds": [kind for kind, _ in waiting],
        "counts": list(waiting.values()),
        "silent": list(quiet),
        "q": wanted.q,
        "kind": wanted.kind,
        "name": wanted.name,
        "is_silent": wanted.silent,
        "demo": wanted.demo,
        "limit": wanted.limit + 1,
    }
    behind: Composable = SQL("")
    if wanted.after is not None:
        values |= {"v": wanted.after[0], "s": wanted.after[1], "k": wanted.after[2]}
        behind = _BEHIND.format(value=value, sign=sign)
    listed = _LISTED.format(rows=_ROWS, behind=behind, value=value, way=way)
    cursor = await connection.execute(listed, values)
    rows = [SourceRow(*row) for row in await cursor.fetchall()]
    cursor = await connection.execute(_COUNTED.format(rows=_ROWS), values)
    total = await cursor.fetchone()
    return rows, int(total[0]) if total else 0


def sort_key(sort: str, row: SourceRow) -> list[str | int | float | bool | None]:
    """What a cursor behind the row holds."""
    values: dict[str, str | int] = {
        "source": row.source,
        "-last_seen": row.last_arrival or 0,
        "-accepted": row.accepted,
        "-dead_lettered": row.dead,
        "-in_flight": row.in_flight,
    }
    return [values[sort], row.source, row.kind]
