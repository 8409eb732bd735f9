"""What a cluster says of itself and of named topics: only what was asked, and nothing is made."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from connectors import metadata
from connectors.kafka import client_options, topic_name
from connectors.topics import ensure_topics
from schemas.topics import LOGS_RAW, SIGNALS
from tests.administering import administering
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


async def test_the_id_is_that_of_the_cluster(stack: RunningStack) -> None:
    async with administering(stack.settings()) as admin:
        known = (await admin.describe_cluster())["cluster_id"]
        assert await metadata.cluster_id(admin._client) == known


async def test_a_question_about_a_topic_does_not_make_it(stack: RunningStack) -> None:
    settings = stack.settings(topic_partitions=3)
    names = [topic_name(settings, topic) for topic in (LOGS_RAW, SIGNALS)]
    async with administering(settings) as admin:
        assert await metadata.partitions(admin._client, names) == {}
        assert not set(names) & set(await admin.list_topics())


async def test_only_what_was_asked_for_is_told(stack: RunningStack) -> None:
    settings = stack.settings(topic_partitions=3)
    await asyncio.to_thread(ensure_topics, settings)
    raw, signals = (topic_name(settings, topic) for topic in (LOGS_RAW, SIGNALS))
    async with administering(settings) as admin:
        found = await metadata.partitions(admin._client, [raw, signals, "nobody.has.this"])
        assert found == {raw: [0, 1, 2], signals: [0]}
        assert await metadata.partitions(admin._client, []) == {}


async def test_without_a_broker_the_error_says_so(stack: RunningStack) -> None:
    admin = AIOKafkaAdminClient(**client_options(stack.settings()))
    with pytest.raises(KafkaConnectionError, match="no broker is known"):
        await metadata.cluster_id(admin._client)
    await admin.close()
