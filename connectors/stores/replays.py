"""Dead letters that were brought back: each id at most once."""

from typing import Any

import psycopg


def ids(connection: psycopg.Connection[tuple[Any, ...]]) -> set[str]:
    """Ids of the dead letters whose replay was counted."""
    return {row[0] for row in connection.execute("select dead_id from replays")}
