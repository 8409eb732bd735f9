"""What must be known at once is known, also while lists hold every connection."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from api.database import Database
from tests.stack import RunningStack


@pytest.mark.stack
async def test_short_questions_have_connections_of_their_own(stack: RunningStack) -> None:
    database = Database(stack.settings(database_pool_size=1, database_max_overflow=1))
    await database.open()
    try:
        async with AsyncExitStack() as lists:
            for _ in range(2):
                await lists.enter_async_context(database.reading())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2), database.reading():
                    pass
            async with database.asking() as connection:
                row = await (await connection.execute("select 1")).fetchone()
        assert row == (1,)
    finally:
        await database.close()
