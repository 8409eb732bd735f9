"""A consumer that is stopped while the broker fails."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, for_code
from aiokafka.protocol.commit import OffsetFetchResponse_v3

from connectors.consumer import Consumer, heed_group_errors
from connectors.kafka import client_options, topic_name
from connectors.topics import ensure_topics
from schemas.topics import ALERTS
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


async def resting_after_an_error(kind: type[AIOKafkaConsumer], stack: RunningStack) -> Any:
    """A consumer whose fetch failed and that waits a long time before the next."""
    settings = stack.settings()
    await asyncio.to_thread(ensure_topics, settings)
    consumer = kind(**client_options(settings), retry_backoff_ms=60_000)
    await consumer.start()
    failed = asyncio.Event()

    async def fail(*_: object) -> None:
        failed.set()
        raise KafkaConnectionError("the broker is gone")

    consumer._client.send = fail
    where = TopicPartition(topic_name(settings, ALERTS), 0)
    consumer.assign([where])
    consumer.seek(where, 0)
    await failed.wait()
    await asyncio.sleep(0.1)
    return consumer


async def test_aiokafka_still_needs_it(stack: RunningStack) -> None:
    consumer = await resting_after_an_error(AIOKafkaConsumer, stack)
    with pytest.raises(asyncio.CancelledError):
        await consumer.stop()
    await consumer._client.close()


async def test_stopping_ends_neither_the_caller_nor_half_way(stack: RunningStack) -> None:
    consumer = await resting_after_an_error(Consumer, stack)
    await consumer.stop()
    assert consumer._client._sync_task is None
    assert not any(connection.connected() for connection in consumer._client._conns.values())
    await consumer.stop()


async def test_who_is_cancelled_meanwhile_still_is(stack: RunningStack) -> None:
    consumer = await resting_after_an_error(Consumer, stack)
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    await consumer._client.close()


@pytest.mark.parametrize("code", [14, 16])
async def test_a_group_that_is_being_loaded_is_not_one_that_never_committed(code: int) -> None:
    client = Answering(OffsetFetchResponse_v3(0, [], code))
    heed_group_errors(client)
    with pytest.raises(for_code(code)):
        await client.send(0, None)


async def test_other_answers_are_passed_on() -> None:
    for answer in (OffsetFetchResponse_v3(0, [], 0), object()):
        client = Answering(answer)
        heed_group_errors(client)
        assert await client.send(0, None) is answer


class Answering:
    """A client whose broker always says the same."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    async def send(self, _node: int, _request: object) -> object:
        return self._answer
