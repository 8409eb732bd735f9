"""How far a consumer group has come in a topic."""

from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from connectors.connecting import connected
from connectors.consumer import heed_group_errors
from connectors.kafka import client_options, topic_name
from connectors.topic_log import open_log
from schemas.errors import Unavailable
from schemas.settings import Settings
from schemas.topics import Topic

_LOOK_SECONDS = 2.0


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
    heed_group_errors(admin._client)
    try:
        await connected(admin.start())
        offsets = await admin.list_consumer_group_offsets(group)
    except (KafkaError, OSError) as error:
        raise Unavailable("kafka", str(error)) from error
    finally:
        await admin.close()
    committed = {p.partition: found.offset for p, found in offsets.items() if p.topic == topic}
    return {number: max(start, committed.get(number, 0)) for number, (start, _) in bounds.items()}


async def oldest_unread(settings: Settings, app: str, topic: Topic) -> int | None:
    """When the oldest record came that the app has not read yet (Unix ms); None: it has read all.

    Raises Unavailable.
    """
    name = topic_name(settings, topic)
    async with open_log(settings, name) as log:
        bounds = await log.bounds()
        read = await read_through(settings, group_name(settings, app), bounds, name)
        waiting = {
            number: read[number] for number, (_, end) in bounds.items() if read[number] < end
        }
        return await log.oldest(waiting, _LOOK_SECONDS) if waiting else None
