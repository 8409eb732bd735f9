"""Which sources are silent: by their own signals, as long as these last."""

import asyncio
from datetime import timedelta

import pytest

from connectors.stores import signals, sources
from connectors.stores.migrate import migrate
from connectors.stores.postgres import new_pool, transaction
from tests.agents.correlation.signals import at, signal
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


async def test_silent_sources_are_those_of_active_signals(stack: RunningStack) -> None:
    settings = stack.settings()
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    said = [
        signal(scope="source:web", kind="source_silent", source="web"),
        signal(5, scope="source:web", kind="source_silent", source="web"),
        signal(scope="source:db", kind="source_silent", source="db", active=False),
        signal(source="app"),
    ]
    async with new_pool(settings) as pool, transaction(pool) as connection:
        records = [signals.Record(0, n, n, one) for n, one in enumerate(said)]
        await signals.store(connection, records)
        assert await sources.silent(connection, at(60)) == ["web"]
        later = at(6) + timedelta(hours=24)
        assert await sources.silent(connection, later) == []
