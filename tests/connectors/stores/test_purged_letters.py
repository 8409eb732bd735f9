"""How far a log may be cut: through what was purged in this life of the topic, and no further."""

import asyncio

import pytest

from connectors.stores import purged_letters
from connectors.stores.migrate import migrate
from connectors.stores.postgres import new_pool, transaction
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


async def test_the_run_ends_at_holes_and_at_what_an_earlier_life_has_hidden(
    stack: RunningStack,
) -> None:
    settings = stack.settings()
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    async with new_pool(settings) as pool, transaction(pool) as connection:
        assert await purged_letters.run_from(connection, 0, 0) == 0
        now = {(0, offset, 1_000 + offset) for offset in (0, 1, 3)}
        await purged_letters.hide(connection, now)
        assert await purged_letters.run_from(connection, 0, 0) == 2
        assert await purged_letters.run_from(connection, 0, 3) == 4
        await purged_letters.hide(connection, {(0, 2, 50), (0, 4, 60), (0, 0, 40)})  # before a wipe
        assert await purged_letters.run_from(connection, 0, 0) == 2
        await purged_letters.hide(connection, {(0, 2, 1_002)})
        assert await purged_letters.run_from(connection, 0, 0) == 4
        assert await purged_letters.run_from(connection, 1, 0) == 0
