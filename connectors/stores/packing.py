"""Replaces runs of batch rows by one row each; their sums per source go to a table of sums."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL, Composed, Identifier

from connectors.stores.postgres import Connection
from schemas.batches import Chain, Packable, Run

ROWS_AT_ONCE: Final = 20_000
_SETTLED_MS = 60_000  # the newest rows stay single, for whoever looks at the last minute


class Book(NamedTuple):
    """The tables of one kind of record. Of what is counted the first is the sum of the next three;
    `stated` is what an edge said of the first.
    """

    rows: str
    sums: str
    counted: tuple[str, ...]
    stated: str


LINES: Final = Book(
    "batches", "packed_sums", ("lines", "parsed", "deduplicated", "dead", "events"), "stated_lines"
)
POINTS: Final = Book(
    "point_batches",
    "packed_point_sums",
    ("points", "stored", "deduplicated", "dead"),
    "stated_points",
)

_CANDIDATES = SQL("""
select "offset", prev_offset, records, arrival,
       {whole} = {a} + {b} + {c} and not expired and {whole} = coalesce({stated}, {whole}),
       {counted}
from {rows}
where topic = %s and partition = %s and epoch = %s and "offset" <= %s and "offset" > %s
order by "offset" limit %s
""")
_SUMS = SQL("""
insert into {sums} (topic, partition, epoch, source, {counted})
select %s, %s, %s, source, {summed}
from {rows}
where topic = %s and partition = %s and epoch = %s and "offset" = any(%s) and records = 1
group by source order by source
on conflict (topic, partition, epoch, source) do update set {added}
""")
_DELETE = SQL("""
delete from {rows} where topic = %s and partition = %s and epoch = %s and "offset" = any(%s)
""")
_INSERT = SQL("""
insert into {rows} (topic, partition, epoch, "offset", prev_offset, records, arrival, source,
                    {counted})
values (%s, %s, %s, %s, %s, %s, %s, '', {values})
""")
_SPAN = """
select min(first_minute), max(last_minute) from batches
where topic = %s and partition = %s and epoch = %s and "offset" = any(%s) and parsed > 0
"""
_SET_SPAN = """
update batches set first_minute = %s, last_minute = %s
where topic = %s and partition = %s and epoch = %s and "offset" = %s
"""


def _statement(template: SQL, book: Book) -> Composed:
    names = [Identifier(name) for name in book.counted]
    sums = Identifier(book.sums)
    return template.format(
        rows=Identifier(book.rows),
        sums=sums,
        stated=Identifier(book.stated),
        whole=names[0],
        a=names[1],
        b=names[2],
        c=names[3],
        counted=SQL(", ").join(names),
        summed=SQL(", ").join(SQL("sum({})").format(name) for name in names),
        added=SQL(", ").join(
            SQL("{0} = {1}.{0} + excluded.{0}").format(name, sums) for name in names
        ),
        values=SQL(", ").join([SQL("%s")] * len(names)),
    )


async def chains(connection: Connection) -> list[tuple[Chain, int]]:
    """Every chain with its frontier."""
    cursor = await connection.execute(
        "select topic, partition, epoch, applied from frontiers order by 1, 2, 3"
    )
    return [(Chain(t, p, e), applied) for t, p, e, applied in await cursor.fetchall()]


async def lock(connection: Connection, chain: Chain) -> bool:
    """Whether the chain is ours to pack until the transaction ends; False: another has it."""
    cursor = await connection.execute(
        "select 1 from frontiers where topic = %s and partition = %s and epoch = %s"
        " for update skip locked",
        chain,
    )
    return await cursor.fetchone() is not None


async def candidates(
    connection: Connection, book: Book, chain: Chain, applied: int, after: int, now_ms: int
) -> list[Packable]:
    """Rows at or below the frontier that follow `after`, settled for a minute, ascending."""
    cursor = await connection.execute(
        _statement(_CANDIDATES, book), (*chain, applied, after, ROWS_AT_ONCE)
    )
    rows = [
        Packable(offset, prev_offset, records, arrival, tuple(counts), sound)
        for offset, prev_offset, records, arrival, sound, *counts in await cursor.fetchall()
    ]
    return [row for row in rows if row.arrival < now_ms - _SETTLED_MS]


async def pack(connection: Connection, book: Book, chain: Chain, runs: Sequence[Run]) -> None:
    """Replace each run by one row, inside the caller's transaction."""
    for run in runs:
        offsets = [row.offset for row in run.rows]
        await connection.execute(_statement(_SUMS, book), (*chain, *chain, offsets))
        span = await _span(connection, chain, offsets) if book is LINES else None
        await connection.execute(_statement(_DELETE, book), (*chain, offsets))
        await connection.execute(_statement(_INSERT, book), (*chain, *_merged(run)))
        if span is not None:
            await connection.execute(_SET_SPAN, (*span, *chain, offsets[-1]))


async def _span(connection: Connection, chain: Chain, offsets: list[int]) -> tuple[int, int] | None:
    """First and last minute of the lines in these rows; None when not one line counts."""
    row = await (await connection.execute(_SPAN, (*chain, offsets))).fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def _merged(run: Run) -> tuple[Any, ...]:
    rows = run.rows
    last = rows[-1]
    counts = [sum(column) for column in zip(*(row.counts for row in rows), strict=True)]
    records = sum(row.records for row in rows)
    return (last.offset, rows[0].prev_offset, records, last.arrival, *counts)
