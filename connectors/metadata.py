"""What a cluster says of itself and of named topics.

aiokafka's own calls (`describe_cluster`, `fetch_all_metadata`, `list_topics`) have the broker tell
of every topic that it has: in a cluster of many teams those are thousands, for one id.
"""

import random
from collections.abc import Iterable
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.metadata import MetadataRequest


async def cluster_id(client: AIOKafkaClient) -> str:
    """The id that the cluster was formatted with. Raises KafkaError."""
    return str((await _asked(client, [])).cluster_id)


async def partitions(client: AIOKafkaClient, topics: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of the partitions of those topics that there are; none is made by asking.

    Raises KafkaError.
    """
    names = list(topics)
    found = await _asked(client, names) if names else None
    return {
        name: sorted(partition[1] for partition in its)
        for code, name, _internal, its in (found.topics if found else ())
        if not code
    }


async def _asked(client: AIOKafkaClient, topics: list[str]) -> Any:
    """The answer of whichever broker gives one (Kafka protocol, Metadata, versions 4 and 5)."""
    brokers = list(client.cluster.brokers())
    random.shuffle(brokers)
    fault: KafkaError = KafkaConnectionError("no broker is known")
    for broker in brokers:
        try:
            return await client.send(
                broker.nodeId, MetadataRequest(topics, allow_auto_topic_creation=False)
            )
        except KafkaError as error:
            fault = error
    raise fault
