"""How far a consumer group has come in a topic."""

from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from connectors.kafka import client_options
from schemas.errors import Unavailable
from schemas.settings import Settings


def group_name(settings: Settings, app: str) -> str:
    """The consumer group of an app."""
    return f"{settings.topic_prefix}foreshock-{app}"


async def read_through(
    settings: Settings, group: str, bounds: Mapping[int, tuple[int, int]], topic: str
) -> dict[int, int]:
    """By partition the offset below which the group has read all, or never can: what it committed,
    or the log's start. `bounds` are (log start, next offset). Raises Unavailable.
    """
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        offsets = await admin.list_consumer_group_offsets(group)
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await admin.close()
    committed = {p.partition: found.offset for p, found in offsets.items() if p.topic == topic}
    return {number: max(start, committed.get(number, 0)) for number, (start, _) in bounds.items()}
