"""Topics on a real broker: made as declared, corrected, never with another number of partitions."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from connectors.kafka import client_options, topic_name
from connectors.topics import Existing, ensure_topics, existing_topics, topic_config
from schemas.errors import UserError
from schemas.settings import Settings, load
from schemas.topics import DLQ, LOG_ENTRIES, LOGS_RAW, PATTERNS, TOPICS
from tests.stack import RunningStack

GIB = 1024**3


async def on_broker(settings: Settings) -> dict[str, Existing]:
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        return await existing_topics(admin, settings)
    finally:
        await admin.close()


def test_the_disk_budget_is_shared_out_and_never_cuts_what_is_compacted() -> None:
    settings = load(disk_budget_gib=5, topic_partitions=12)
    raw = topic_config(LOGS_RAW, settings)
    assert int(raw["retention.bytes"]) == int(5 * GIB * LOGS_RAW.share / 12)
    assert raw["segment.bytes"] == str(32 * 1024**2)
    assert raw["message.timestamp.type"] == "LogAppendTime"
    assert topic_config(LOG_ENTRIES, settings)["message.timestamp.type"] == "CreateTime"
    compacted = topic_config(PATTERNS, settings)
    assert not {"retention.bytes", "retention.ms"} & set(compacted)


def test_a_small_budget_has_small_segments() -> None:
    raw = topic_config(LOGS_RAW, load(disk_budget_gib=0.5))
    assert int(raw["segment.bytes"]) * 4 <= int(raw["retention.bytes"])


@pytest.mark.stack
async def test_topics_are_made_as_declared_and_again_changes_nothing(stack: RunningStack) -> None:
    settings = stack.settings(topic_partitions=3)
    await _ensured(settings)
    first = await on_broker(settings)
    await _ensured(settings)
    assert await on_broker(settings) == first
    assert set(first) == {topic_name(settings, topic) for topic in TOPICS}
    for topic in TOPICS:
        found = first[topic_name(settings, topic)]
        assert found.partitions == (topic.partitions or 3)
        assert topic_config(topic, settings).items() <= found.config.items()


@pytest.mark.stack
async def test_a_changed_setting_reaches_topics_that_exist(stack: RunningStack) -> None:
    settings = stack.settings(topic_partitions=1)
    await _ensured(settings)
    smaller = settings.model_copy(update={"disk_budget_gib": 1.0})
    await _ensured(smaller)
    wanted = topic_config(DLQ, smaller)["retention.bytes"]
    for _attempt in range(100):  # the broker answers before it shows the change
        found = (await on_broker(settings))[topic_name(settings, DLQ)]
        if found.config["retention.bytes"] == wanted:
            break
    assert found.config["retention.bytes"] == wanted


@pytest.mark.stack
async def test_another_number_of_partitions_is_refused(stack: RunningStack) -> None:
    settings = stack.settings(topic_partitions=1)
    await _ensured(settings)
    with pytest.raises(UserError, match="has 1 partitions, 2 are declared"):
        await _ensured(settings.model_copy(update={"topic_partitions": 2}))


async def _ensured(settings: Settings) -> None:
    await asyncio.to_thread(ensure_topics, settings)
