"""The pool of connections to Postgres, and which of its errors mean "not now"."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from schemas.errors import Unavailable
from schemas.settings import Settings

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]

# A server that is off the network is noticed within half a minute, not with TCP's last try.
_NOTICING: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# A process that vanished with its host would hold its locks until the server's own TCP gives up.
_LIMITS: Final = (
    "set local lock_timeout = '60s'; set local idle_in_transaction_session_timeout = '120s'"
)
# Deadlocks and serialization faults are cured by trying the transaction again.
_NOT_NOW = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.DeadlockDetected,
    errors.SerializationFailure,
    PoolTimeout,
)


def new_pool(settings: Settings, most: int | None = None) -> Pool:
    """A pool that is not open yet; prepared statements are off, for transaction poolers.

    It holds `most` connections, else as many as the settings say.
    """
    return AsyncConnectionPool(
        settings.database_url.get_secret_value(),
        min_size=1,
        max_size=most or settings.database_pool_size + settings.database_max_overflow,
        timeout=10,
        # Then whoever asks next begins anew: the pauses between its own attempts double, and after
        # a minute without a server it would not look for another one.
        reconnect_timeout=3,
        open=False,
        kwargs={
            "prepare_threshold": None,
            "application_name": settings.service_name,
            **_NOTICING,
        },
        check=AsyncConnectionPool.check_connection,
    )


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """One transaction; commits at the end. Raises Unavailable for what may pass."""
    try:
        async with pool.connection() as connection, connection.transaction():
            await connection.execute(_LIMITS)
            yield connection
    except _NOT_NOW as error:
        raise Unavailable("postgres", str(error).strip() or type(error).__name__) from error


async def stand_idle(connection: Connection) -> None:
    """Lets the transaction wait for as long as it has to for what its caller does elsewhere."""
    await connection.execute("set local idle_in_transaction_session_timeout = 0")


@contextmanager
def connect(settings: Settings) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A plain connection for a command, autocommit. Raises Unavailable."""
    try:
        with psycopg.connect(
            settings.database_url.get_secret_value(),
            autocommit=True,
            connect_timeout=10,
            application_name=f"{settings.service_name}-cli",
        ) as connection:
            yield connection
    except _NOT_NOW as error:
        raise Unavailable("postgres", str(error).strip() or type(error).__name__) from error
