"""What a list of uploads reads: what is shown of each, and nothing of what goes on with it."""

import asyncio
from datetime import UTC, datetime

import pytest

from connectors.stores import uploads
from connectors.stores.migrate import migrate
from connectors.stores.postgres import new_pool, transaction
from schemas.filters import Filter
from schemas.uploads import NewUpload
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


async def test_a_list_leaves_what_is_carried_where_it_is(stack: RunningStack) -> None:
    settings = stack.settings()
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    async with new_pool(settings) as pool, transaction(pool) as connection:
        made = await uploads.create(
            connection, "u1", NewUpload(name="app.log", source="shop", size=9, timezone=""), "kim"
        )
        further = made._replace(received=5, carry=b"half a line", unsettled=["upload:u1:0-5"])
        assert await uploads.advance(connection, made, further)
        whole = await uploads.find(connection, "u1")
        assert whole is not None
        assert (whole.carry, whole.unsettled) == (further.carry, further.unsettled)
        listed, more = await uploads.page(connection, Filter(), datetime.now(UTC), 10, None)
    assert (listed, more) == ([whole._replace(carry=b"", unsettled=[])], None)
