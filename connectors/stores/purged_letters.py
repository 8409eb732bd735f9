"""Dead letters that were purged one by one: Kafka deletes from a log's beginning only, so until
everything before them is gone they are hidden.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

import psycopg

from connectors.stores.columns import columns
from connectors.stores.postgres import Connection

Place = tuple[int, int, int]  # partition, offset, Unix ms of the record

_RUN: Final = """
with latest as (
    select "offset", max(stamp) as stamp from purged_letters
    where partition = %(partition)s and "offset" >= %(start)s group by 1
), checked as (
    select "offset", "offset" = row_number() over place + %(start)s - 1
                     and stamp = max(stamp) over place as follows
    from latest window place as (order by "offset")
), run as (
    select "offset", bool_and(follows) over (order by "offset") as whole from checked
)
select coalesce(max("offset") + 1, %(start)s) from run where whole
"""


def places(connection: psycopg.Connection[tuple[Any, ...]]) -> set[Place]:
    """All that are hidden."""
    rows = connection.execute('select partition, "offset", stamp from purged_letters')
    return {(partition, offset, stamp) for partition, offset, stamp in rows}


async def among(connection: Connection, partition: int, offsets: Sequence[int]) -> set[Place]:
    """Those of the offsets that are hidden."""
    cursor = await connection.execute(
        'select partition, "offset", stamp from purged_letters'
        ' where partition = %s and "offset" = any(%s)',
        (partition, list(offsets)),
    )
    return {(number, offset, stamp) for number, offset, stamp in await cursor.fetchall()}


async def hide(connection: Connection, hidden: Collection[Place]) -> None:
    """Nobody is shown these any more."""
    rows = sorted(hidden)
    if rows:
        await connection.execute(
            'insert into purged_letters (partition, "offset", stamp)'
            " select * from unnest(%s::int[], %s::bigint[], %s::bigint[]) on conflict do nothing",
            columns(rows),
        )


async def run_from(connection: Connection, partition: int, start: int) -> int:
    """The offset behind the hidden letters that follow `start` without a hole.

    What was hidden in an earlier life of the topic is older than what lies before it in this one:
    there the run ends, or letters that nobody purged would be deleted.
    """
    cursor = await connection.execute(_RUN, {"partition": partition, "start": start})
    row = await cursor.fetchone()
    return int(row[0]) if row else start


async def forget(connection: Connection, partition: int, start: int) -> None:
    """What lies before the log's start is gone for good."""
    await connection.execute(
        'delete from purged_letters where partition = %s and "offset" < %s', (partition, start)
    )
