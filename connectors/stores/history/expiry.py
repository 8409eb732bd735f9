"""Forgets points beyond their retention; of several processes one does it at a time."""

from typing import Final

from connectors.stores.history.port import History
from connectors.stores.postgres import Connection, Pool, transaction

_LOCK: Final = 7_203_116  # an advisory lock of ours, held while one process deletes


async def expire(history: History, pool: Pool, before_ms: int) -> int | None:
    """Forget what is older than `before_ms` (Unix ms), in whole days.

    Returns the time from which all is kept; None: another process is doing it. Doing it again
    changes nothing. Raises Unavailable.
    """
    async with transaction(pool) as connection:
        if not await _locked(connection):
            return None
        return await history.delete(before_ms)


async def _locked(connection: Connection) -> bool:
    cursor = await connection.execute("select pg_try_advisory_xact_lock(%s)", (_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row[0])
