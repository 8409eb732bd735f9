"""What the topics patterns and alerts say, as programs find it that read Redis."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from connectors.kafka import producer_options
from schemas.settings import Settings
from tests.connectors.sources.streams import bridged, polling
from tests.connectors.sources.support import until
from tests.stack import RunningStack
from tests.valkey import Valkey

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("redis")]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey") / "data")
    yield server
    server.kill()


async def say(settings: Settings, topic: str, values: Sequence[bytes | None]) -> None:
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    try:
        for number, value in enumerate(values):
            await producer.send_and_wait(settings.topic_prefix + topic, value, b"key%d" % number)
    finally:
        await producer.stop()


async def until_long(client: Any, stream: str, length: int) -> list[Any]:
    for _ in range(600):
        if await client.xlen(stream) >= length:
            return list(await client.xrange(stream))
        await asyncio.sleep(0.05)
    raise AssertionError(await client.xrange(stream))


async def test_patterns_and_alerts_reach_streams_and_the_channel(
    stack: RunningStack, valkey: Valkey, tmp_path: Path
) -> None:
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[])
    patterns, alerts = (settings.topic_prefix + name for name in ("patterns", "alerts"))
    async with valkey.client() as client, client.pubsub() as heard:
        await heard.subscribe(alerts)
        async with polling(settings):
            await say(settings, "patterns", [b'{"uid": "a"}', None, b'{"uid": "b"}'])
            await say(settings, "alerts", [b'{"state": "firing"}'])
            entries = [fields for _, fields in await until_long(client, patterns, 2)]
            ((_, alert),) = await until_long(client, alerts, 1)
            told = [message async for message in first_of(heard)]
    assert [entry[b"data"] for entry in entries] == [b'{"uid": "a"}', b'{"uid": "b"}']
    assert entries[0] == {
        b"id": f"{patterns}:0:0".encode(),
        b"key": b"key0",
        b"data": b'{"uid": "a"}',
    }
    assert alert[b"data"] == told[0] == b'{"state": "firing"}'


async def first_of(heard: Any) -> Any:
    """The first thing published."""
    async with asyncio.timeout(30):
        async for message in heard.listen():
            if message["type"] == "message":
                yield message["data"]
                return


async def test_it_goes_on_where_it_was_and_keeps_so_many(
    stack: RunningStack, valkey: Valkey, tmp_path: Path
) -> None:
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[], redis_stream_maxlen=100)
    patterns = settings.topic_prefix + "patterns"
    async with valkey.client() as client:
        await say(settings, "patterns", [b"%d" % n for n in range(3)])
        async with polling(settings):
            await until_long(client, patterns, 3)
        await say(settings, "patterns", [b"%d" % n for n in range(3, 1500)])
        async with polling(settings):
            for _ in range(600):
                (last,) = await client.xrevrange(patterns, count=1)
                if last[1][b"data"] == b"1499":
                    break
                await asyncio.sleep(0.05)
        values = [int(fields[b"data"]) for _, fields in await client.xrange(patterns)]
    assert values == list(range(values[0], 1500)), "repeated, out of order or missing"
    assert 100 <= len(values) < 400


async def test_an_outage_is_waited_for_and_nothing_is_missing_after_it(
    stack: RunningStack, tmp_path: Path
) -> None:
    valkey = await asyncio.to_thread(Valkey, tmp_path / "valkey")
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[])
    alerts = settings.topic_prefix + "alerts"
    async with polling(settings) as health:
        await say(settings, "alerts", [b"1"])
        async with valkey.client() as client:
            await until_long(client, alerts, 1)
        await asyncio.to_thread(valkey.kill)
        await say(settings, "alerts", [b"2", b"3"])
        await until(lambda: health.fault() == "")
        await asyncio.to_thread(valkey.start)
        async with valkey.client() as client:
            entries = await until_long(client, alerts, 3)
    valkey.kill()
    assert {fields[b"data"] for _, fields in entries} == {b"1", b"2", b"3"}
