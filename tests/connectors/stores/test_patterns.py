"""Where the newest line of a pattern lies: in this life of its topic, or in an earlier one."""

import asyncio

import psycopg
import pytest

from connectors.stores import batches, pattern_lists, patterns
from connectors.stores.migrate import migrate
from connectors.stores.postgres import new_pool, transaction
from schemas.batches import Chain
from schemas.counts import MinuteKey, Sighted
from schemas.severities import Severity
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

_TOPIC = "logs.raw"


async def test_what_lies_in_an_earlier_life_of_a_topic_is_not_current(stack: RunningStack) -> None:
    settings = stack.settings()
    url = settings.database_url.get_secret_value()
    await asyncio.to_thread(migrate, url)
    async with new_pool(settings) as pool:
        async with transaction(pool) as connection:
            lives = {Chain(_TOPIC, 0, 0): 0, Chain(_TOPIC, 0, 1): 0, Chain(_TOPIC, 1, 0): 0}
            await batches.lock_frontiers(connection, lives)
            seen = {"before": (0, 0), "since": (0, 1), "elsewhere": (1, 0)}
            for uid, (partition, epoch) in seen.items():
                place = Sighted(0, 1, _TOPIC, partition, epoch, 5, 0)
                await patterns.add_sightings(connection, {("a", uid): place})
                minute = MinuteKey("a", uid, Severity.INFO, 1)
                await patterns.add_minutes(connection, {minute: (1, 1)})
            members = await pattern_lists.members(connection, list(seen))
        with psycopg.connect(url) as other:
            counted = patterns.counted(other, None)
    for found in (members, counted):
        current = {one.uid: one.current for one in found}
        assert current == {"before": False, "since": True, "elsewhere": True}
