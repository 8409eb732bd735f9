"""Topics that are read by their coordinates, several over one connection."""

import asyncio

import pytest

from connectors.kafka import topic_name
from connectors.topic_log import open_log, open_logs
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


async def test_at_rest_the_broker_is_not_asked_for_more(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = stack.settings()
    await asyncio.to_thread(ensure_topics, settings)
    await publish(settings, [alert(1)])
    async with open_log(settings, topic_name(settings, ALERTS)) as log:
        end = (await log.bounds())[0][1]
        assert len([record async for record in log.read(0, 0, end)]) == 1
        log.rest()
        await asyncio.sleep(0.3)  # what is under way ends
        client, asked = log._consumer._client, []
        send = client.send

        async def counted(node: int, request: object, **options: object) -> object:
            asked.append(type(request).__name__)
            return await send(node, request, **options)

        monkeypatch.setattr(client, "send", counted)
        await asyncio.sleep(1)
        assert "FetchRequest" not in asked
        assert len([record async for record in log.read(0, 0, end)]) == 1
        assert "FetchRequest" in asked
