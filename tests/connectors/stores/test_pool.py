"""The pool keeps the sizes of its settings, and the database knows whose connections they are."""

import asyncio

import pytest

from connectors.stores.postgres import new_pool, transaction
from tests.stack import RunningStack


@pytest.mark.stack
async def test_the_pool_has_the_configured_size_and_name(stack: RunningStack) -> None:
    settings = stack.settings(database_pool_size=2, database_max_overflow=1, service_name="mine")
    async with new_pool(settings) as pool:
        async with transaction(pool) as connection:
            row = await (await connection.execute("show application_name")).fetchone()
        assert row == ("mine",)
        taken = [await pool.getconn() for _ in range(3)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await pool.getconn()
        for held in taken:
            await pool.putconn(held)
