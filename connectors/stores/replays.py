"""Dead letters that were brought back: each id at most once."""

from collections.abc import Sequence
from typing import Any

import psycopg


def ids(connection: psycopg.Connection[tuple[Any, ...]]) -> set[str]:
    """Ids of the dead letters whose replay was counted."""
    return {row[0] for row in connection.execute("select dead_id from replays")}


def arrived(connection: psycopg.Connection[tuple[Any, ...]], ranges: Sequence[str]) -> set[str]:
    """Which of these ranges of edges were counted."""
    rows = connection.execute("select range from ranges where range = any(%s)", (list(ranges),))
    return {row[0] for row in rows}
