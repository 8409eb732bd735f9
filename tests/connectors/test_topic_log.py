"""Topics that are read by their coordinates, several over one connection."""

import asyncio

import pytest

from connectors.kafka import topic_name
from connectors.topic_log import open_logs
from connectors.topics import ensure_topics
from schemas.topics import ALERTS, PATTERNS
from tests.api.listening import alert, pattern, publish
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


async def test_reading_one_topic_does_not_hide_another(stack: RunningStack) -> None:
    """The client forgets a topic that nothing is read of: its log would seem to end at 0."""
    settings = stack.settings()
    await asyncio.to_thread(ensure_topics, settings)
    await publish(settings, [alert(1), alert(2), pattern(1)])
    names = [topic_name(settings, topic) for topic in (ALERTS, PATTERNS)]
    async with open_logs(settings, names) as logs:
        ends = {name: (await logs[name].bounds())[0][1] for name in names}
        assert min(ends.values()) > 0
        for name, other in (names, names[::-1]):
            found = [record async for record in logs[name].read(0, 0, ends[name])]
            assert found
            await logs[name]._consumer._client.force_metadata_update()
            assert (await logs[other].bounds())[0][1] == ends[other]
