"""The books of each source, kept beside the rows that they add up.

`add` works in the transaction that writes the rows, so that sums and rows never differ; the
ledger, which adds the rows up itself, is what proves it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from psycopg.sql import SQL

from connectors.stores.columns import columns
from connectors.stores.filtering import Column, order, unix_ms, where
from connectors.stores.postgres import Connection
from schemas.demo import SOURCE_PREFIX
from schemas.filter_values import flag, number
from schemas.filters import Filter, Sort
from schemas.pages import to_cursor
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
_LISTED: Final = SQL("""
with waiting as (
    select * from unnest(%(names)s::text[], %(kinds)s::text[], %(counts)s::bigint[])
        as w (source, kind, in_flight)
), joined as (
    select source, kind, coalesce(accepted, 0) + coalesce(in_flight, 0) as accepted,
           coalesce(stored, 0) as stored, coalesce(deduplicated, 0) as deduplicated,
           coalesce(dead, 0) as dead_lettered, last_arrival, coalesce(minute, 0) as minute,
           coalesce(in_minute, 0) as in_minute, coalesce(in_minute_before, 0) as in_minute_before,
           coalesce(in_flight, 0) as in_flight, source = any(%(silent)s::text[]) as silent,
           starts_with(source, %(demo)s) as demo
    from source_sums full join waiting using (source, kind)
), chosen as (select * from joined where {chosen})
select source, kind, accepted, stored, deduplicated, dead_lettered, last_arrival, minute, in_minute,
    in_minute_before, in_flight, silent, {value}, {tie}, (select count(*) from chosen)
from chosen where {after} {order} limit %(limit)s
""")
_TIE: Final = "source || '/' || kind"
_BY_NAME: Final = Sort("source")
_SILENT: Final = """
select distinct source from signals where kind = 'source_silent' and active and at >= %s
"""
SILENCE_LASTS: Final = timedelta(hours=24)  # as long as its alert without news


class SourceRow(NamedTuple):
    """As Postgres has it, with what is in flight of it; times in Unix ms."""

    source: str
    kind: SourceKind
    accepted: int
    stored: int
    deduplicated: int
    dead_lettered: int
    last_arrival: int | None
    minute: int
    in_minute: int
    in_minute_before: int
    in_flight: int
    silent: bool


class Known(NamedTuple):
    """What is known of sources elsewhere: what is in flight, and which of them are silent."""

    waiting: Mapping[tuple[SourceKind, str], int]
    silent: Sequence[str]


class Listed(NamedTuple):
    """A page; `total` is None where it cannot be told."""

    rows: list[SourceRow]
    next_cursor: str | None
    total: int | None


async def add(connection: Connection, kind: SourceKind, sums: Mapping[str, SourceSum]) -> None:
    """Add to the books, in order of the key, so that two writers wait and never block."""
    if not sums:
        return
    rows = [(source, kind, *added) for source, added in sorted(sums.items())]
    await connection.execute(_ADD, columns(rows))


async def silent(connection: Connection, now: datetime) -> list[str]:
    """Sources that are silent now, by the signals that say so."""
    cursor = await connection.execute(_SILENT, (now - SILENCE_LASTS,))
    return [row[0] for row in await cursor.fetchall()]


async def page(
    connection: Connection,
    known: Known,
    asked: Filter,
    now: datetime,
    paging: tuple[int, str | None],
) -> Listed:
    """Sources that match, by name or as it is asked; `paging` is limit and cursor.

    Raises InvalidEvent for a cursor of another list.
    """
    limit, cursor = paging
    columns = _columns(now)
    made = where(asked, columns, ["source"])
    ordered = order(asked.sort, _BY_NAME, _largest_by_name(columns), _TIE)
    after = ordered.after(cursor)
    statement = _LISTED.format(
        chosen=made.sql,
        value=SQL(ordered.column.sql),
        tie=SQL(_TIE),
        after=after.sql,
        order=ordered.sql,
    )
    about = {
        "names": [source for _, source in known.waiting],
        "kinds": [kind for kind, _ in known.waiting],
        "counts": list(known.waiting.values()),
        "silent": list(known.silent),
        "demo": SOURCE_PREFIX,
        "limit": limit + 1,
    }
    found = await (await connection.execute(statement, about | made.bound | after.bound)).fetchall()
    *_, value, tie, _ = found[limit - 1] if len(found) > limit else (None, None, None)
    return Listed(
        [SourceRow(*row[:-3]) for row in found[:limit]],
        to_cursor([ordered.name, value, tie]) if tie else None,
        found[0][-1] if found else (0 if cursor is None else None),
    )


def _columns(now: datetime) -> dict[str, Column]:
    counts = ("accepted", "stored", "deduplicated", "dead_lettered", "in_flight")
    return {
        "source": Column("source"),
        "kind": Column("kind"),
        **{name: Column(name, number, holds=int) for name in counts},
        "last_seen": Column("coalesce(last_arrival, 0)", unix_ms(now), holds=int),
        "silent": Column("silent", flag),
        "demo": Column("demo", flag),
    }


def _largest_by_name(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Columns to sort by: of those that are as large the names ascend, the largest first."""
    return {
        name: Column(f"-{column.sql}", inverted=True, holds=int) if column.holds is int else column
        for name, column in columns.items()
    }
