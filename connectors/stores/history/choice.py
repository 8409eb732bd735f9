"""Which back end keeps the history of this installation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.stores.history.port import History
from connectors.stores.postgres import Pool
from schemas.settings import Settings


@asynccontextmanager
async def open_history(settings: Settings, pool: Pool) -> AsyncIterator[History]:
    """The history of these settings; `pool` is open.

    Raises UserError when the points are kept elsewhere than the settings say.
    """
    from connectors.stores.history.postgres import PostgresHistory

    del settings
    yield PostgresHistory(pool)
