"""Dead letters that were brought back: each id at most once."""

from collections.abc import Sequence
from typing import Any

import psycopg

from connectors.stores.postgres import Connection


def ids(connection: psycopg.Connection[tuple[Any, ...]]) -> set[str]:
    """Ids of the dead letters whose replay was counted."""
    return {row[0] for row in connection.execute("select dead_id from replays")}


def arrived(connection: psycopg.Connection[tuple[Any, ...]], ranges: Sequence[str]) -> set[str]:
    """Which of these ranges of edges were counted."""
    rows = connection.execute("select range from ranges where range = any(%s)", (list(ranges),))
    return {row[0] for row in rows}


async def done(
    connection: Connection, ids: Sequence[str], ranges: Sequence[str]
) -> tuple[set[str], set[str]]:
    """Of these dead letters those that were brought back, and of these ranges those counted."""
    back = await connection.execute(
        "select dead_id from replays where dead_id = any(%s)", (list(ids),)
    )
    counted = await connection.execute(
        "select range from ranges where range = any(%s)", (list(ranges),)
    )
    return {row[0] for row in await back.fetchall()}, {row[0] for row in await counted.fetchall()}
