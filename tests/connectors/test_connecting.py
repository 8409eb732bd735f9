"""A client that is cancelled while it asks its first connection for the cluster."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, client
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest

from connectors.connecting import connected
from connectors.kafka import client_options
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

Start = Callable[[AIOKafkaConsumer], Awaitable[None]]


@asynccontextmanager
async def cancelled_while_asking(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch, start: Start
) -> AsyncIterator[list[AIOKafkaConnection]]:
    """The connections that were opened by a consumer that was cancelled, and stopped."""
    made: list[AIOKafkaConnection] = []
    asking = asyncio.Event()
    create = client.create_conn

    async def recorded(*where: Any, **options: Any) -> AIOKafkaConnection:
        connection = await create(*where, **options)
        made.append(connection)
        send = connection.send

        def noted(request: Any, **how: Any) -> Any:
            if isinstance(request, type(MetadataRequest([]))):
                asking.set()
            return send(request, **how)

        monkeypatch.setattr(connection, "send", noted)
        return connection

    monkeypatch.setattr(client, "create_conn", recorded)
    consumer = AIOKafkaConsumer(**client_options(stack.settings()))
    starting = asyncio.ensure_future(start(consumer))
    await asking.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await consumer.stop()
    yield made
    for connection in made:
        connection.close()


async def test_aiokafka_still_needs_it(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with cancelled_while_asking(stack, monkeypatch, lambda each: each.start()) as made:
        assert any(connection.connected() for connection in made)


async def test_nothing_stays_open(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    async with cancelled_while_asking(
        stack, monkeypatch, lambda each: connected(each.start())
    ) as made:
        assert made
        assert not any(connection.connected() for connection in made)


async def test_a_start_that_hangs_is_given_up() -> None:
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    starting = asyncio.create_task(connected(hang()))
    await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await ended.wait()


async def test_what_a_start_raises_is_raised() -> None:
    async def refuse() -> None:
        raise ConnectionRefusedError("nobody there")

    with pytest.raises(ConnectionRefusedError):
        await connected(refuse())
