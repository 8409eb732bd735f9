"""Opens the history that the settings ask for, when it is the one where the points are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.stores.history import back_end
from connectors.stores.history.port import History
from connectors.stores.postgres import Pool, transaction
from schemas.settings import Settings


@asynccontextmanager
async def open_history(settings: Settings, pool: Pool) -> AsyncIterator[History]:
    """The history of these settings; `pool` is open, and the tables are there.

    The first start records the back end. Raises UserError when the points are in another one than
    the settings ask for, or when it refuses us; Unavailable when it does not answer.
    """
    wanted = back_end.configured(settings)
    async with transaction(pool) as connection:
        recorded = await back_end.record(connection, wanted)
    if recorded != wanted:
        raise back_end.mismatch(recorded=recorded, wanted=wanted)
    async with open_named(wanted, settings, pool) as history:
        yield history


@asynccontextmanager
async def open_named(name: str, settings: Settings, pool: Pool) -> AsyncIterator[History]:
    """One back end by name, whatever is recorded."""
    # Loaded here: each is needed by few processes, and the client of InfluxDB takes a second.
    if name == back_end.INFLUXDB:
        from connectors.stores.history.influx import open_influx

        async with open_influx(settings) as history:
            yield history
    else:
        from connectors.stores.history.postgres import PostgresHistory

        yield PostgresHistory(pool)
