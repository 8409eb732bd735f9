"""Makes the declared topics on the broker and keeps their configuration as declared.

Only what Kafka and Redpanda share is used. Configuration that somebody else set on a topic, and
that is not ours to decide, stays.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from connectors import metadata
from connectors.connecting import connected
from connectors.kafka import client_options, topic_name
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings
from schemas.topics import TOPICS, Topic

_GIB: Final = 1024**3
_MIB: Final = 1024**2
_ENVELOPE_BYTES: Final = 4096
_KNOWN_SECONDS: Final = 10.0
_DYNAMIC_TOPIC_CONFIG: Final = 1  # DescribeConfigs: set on the topic itself, not inherited


@dataclass(frozen=True)
class Existing:
    """A topic as the broker has it: `config` is what was set on the topic itself."""

    partitions: int
    config: Mapping[str, str]


def partitions_of(topic: Topic, settings: Settings) -> int:
    """How many partitions a declared topic has in this installation."""
    return topic.partitions or settings.topic_partitions


def topic_config(topic: Topic, settings: Settings) -> dict[str, str]:
    """What we decide about a topic. Bytes are bounded only where records may be deleted.

    A partition deletes whole segments, so a segment is at most a quarter of what it may keep.
    """
    record_bytes = topic.max_record_mib * _MIB + _ENVELOPE_BYTES
    config = {
        "cleanup.policy": topic.cleanup,
        "message.timestamp.type": "LogAppendTime" if topic.arrival else "CreateTime",
        "max.message.bytes": str(record_bytes),
    }
    if topic.compact_after:
        config["min.compaction.lag.ms"] = str(int(topic.compact_after.total_seconds() * 1000))
    segment = topic.segment_mib * _MIB
    if "delete" in topic.cleanup:
        retention = topic.retention
        keep_ms = -1 if retention is None else int(retention.total_seconds() * 1000)
        config["retention.ms"] = str(keep_ms)
        if topic.share:
            budget = settings.disk_budget_gib * _GIB * topic.share
            kept = max(int(budget / partitions_of(topic, settings)), record_bytes)
            segment = max(min(segment, kept // 4), record_bytes)
            config["retention.bytes"] = str(kept)
    config["segment.bytes"] = str(segment)
    return config


def ensure_topics(settings: Settings) -> None:
    """Creates what is missing and corrects what differs; doing it again changes nothing.

    Raises Unavailable when the broker does not answer, UserError when a topic has another number
    of partitions than declared: moving records is not ours to do.
    """
    asyncio.run(_ensure(settings))


async def existing_topics(admin: AIOKafkaAdminClient, settings: Settings) -> dict[str, Existing]:
    """The declared topics that the broker has, by their names there."""
    names = [topic_name(settings, topic) for topic in TOPICS]
    found = await metadata.partitions(admin._client, names)
    configs = await _configs(admin, list(found)) if found else {}
    return {name: Existing(len(its), configs.get(name, {})) for name, its in found.items()}


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources):
        for _code, _message, _kind, name, entries in answer.resources:
            found[name] = {e[0]: e[1] for e in entries if e[3] == _DYNAMIC_TOPIC_CONFIG}
    return found


async def _ensure(settings: Settings) -> None:
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await connected(admin.start())
        deadline = time.monotonic() + _KNOWN_SECONDS
        while not await _once(admin, settings):
            if time.monotonic() > deadline:
                raise Unavailable("Kafka", "it lists topics that do not exist")
            await asyncio.sleep(0.1)
    except (KafkaError, OSError) as error:
        raise Unavailable("Kafka", f"{type(error).__name__}: {error}") from error
    finally:
        await admin.close()


async def _once(admin: AIOKafkaAdminClient, settings: Settings) -> bool:
    """Whether it is done; not when a topic that was listed is just being deleted."""
    try:
        existing = await existing_topics(admin, settings)
        missing = [topic for topic in TOPICS if topic_name(settings, topic) not in existing]
        if missing:
            await _create(admin, missing, settings)
        for topic in TOPICS:
            if found := existing.get(topic_name(settings, topic)):
                await _correct(admin, topic, found, settings)
    except UnknownTopicOrPartitionError:
        return False
    return True


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], settings: Settings) -> None:
    new = [
        NewTopic(
            topic_name(settings, topic),
            partitions_of(topic, settings),
            settings.topic_replication_factor,
            topic_configs=topic_config(topic, settings),
        )
        for topic in topics
    ]
    answer = await admin.create_topics(new)
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:  # another starter was faster
            raise error(f"creating {name}")
    await _until_known(admin, {topic.name for topic in new})


async def _until_known(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Creation is answered before every broker knows: a client must not meet that moment."""
    deadline = time.monotonic() + _KNOWN_SECONDS
    while time.monotonic() < deadline:
        if names <= (await metadata.partitions(admin._client, names)).keys():
            return
        await asyncio.sleep(0.05)
    raise Unavailable("Kafka", f"does not list what it created: {', '.join(sorted(names))}")


async def _correct(
    admin: AIOKafkaAdminClient, topic: Topic, found: Existing, settings: Settings
) -> None:
    name, declared = topic_name(settings, topic), partitions_of(topic, settings)
    if found.partitions != declared:
        raise UserError(
            f"topic {name} has {found.partitions} partitions, {declared} are declared",
            f"set TOPIC_PARTITIONS={found.partitions}, or another TOPIC_PREFIX",
        )
    wanted = {**found.config, **topic_config(topic, settings)}
    if wanted == found.config:
        return
    resource = ConfigResource(ConfigResourceType.TOPIC, name, wanted)
    for answer in await admin.alter_configs([resource]):
        for code, message, *_ in answer.resources:
            if code:
                raise for_code(code)(f"configuring {name}: {message}")
