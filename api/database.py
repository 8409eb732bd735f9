"""The API's way to Postgres: one pool a process, and a time limit on whatever a request asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from psycopg import errors

from connectors.stores import postgres
from schemas.errors import Unavailable
from schemas.settings import Settings

_STATEMENT_SECONDS: Final = 10
_RESERVED: Final = 2


class Database:
    """Opened and closed with the application; Postgres may come and go meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self.pool = postgres.new_pool(settings)
        # For what must be known at once, also while lists hold every other connection.
        self.reserved = postgres.new_pool(settings, _RESERVED)

    async def open(self) -> None:
        """Returns at once; who asks before there is a connection waits for one."""
        await self.pool.open(wait=False)
        await self.reserved.open(wait=False)

    async def close(self) -> None:
        """Ends every connection."""
        await self.pool.close()
        await self.reserved.close()

    @asynccontextmanager
    async def reading(
        self, seconds: float = _STATEMENT_SECONDS
    ) -> AsyncIterator[postgres.Connection]:
        """One snapshot to read from; each statement ends after `seconds`. Raises Unavailable."""
        async with self._transaction() as connection:
            await connection.execute("set transaction isolation level repeatable read, read only")
            await _limit(connection, seconds)
            yield connection

    @asynccontextmanager
    async def writing(
        self, seconds: float = _STATEMENT_SECONDS
    ) -> AsyncIterator[postgres.Connection]:
        """One transaction that commits at the end. Raises Unavailable."""
        async with self._transaction() as connection:
            await _limit(connection, seconds)
            yield connection

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[postgres.Connection]:
        """One short question that nobody shall wait for. Raises Unavailable."""
        async with self._transaction(self.reserved) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(
        self, pool: postgres.Pool | None = None
    ) -> AsyncIterator[postgres.Connection]:
        try:
            async with postgres.transaction(pool or self.pool) as connection:
                yield connection
        except errors.UndefinedTable as error:
            said = "its tables are not there yet; `foreshock up` makes them"
            raise Unavailable("postgres", said) from error


async def _limit(connection: postgres.Connection, seconds: float) -> None:
    await connection.execute(
        "select set_config('statement_timeout', %s, true)", (f"{round(seconds * 1000)}ms",)
    )
