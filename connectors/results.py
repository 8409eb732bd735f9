"""What becomes of people's commands, as it is said on the topic `results`; from now on."""

from collections.abc import Callable

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from connectors.connecting import connected
from connectors.consumer import Consumer
from connectors.kafka import client_options, topic_name
from schemas.commands import CommandResult
from schemas.errors import Unavailable
from schemas.settings import Settings
from schemas.topics import RESULTS

_WAIT_MS = 500

_log = structlog.get_logger()


async def follow(settings: Settings, heard: Callable[[CommandResult], None]) -> None:
    """Calls `heard` for each result that comes, until cancelled. Raises Unavailable."""
    consumer = Consumer(
        **client_options(settings),
        enable_auto_commit=False,
        auto_offset_reset="latest",
        isolation_level="read_committed",
        fetch_max_wait_ms=_WAIT_MS,
    )
    where = TopicPartition(topic_name(settings, RESULTS), 0)
    try:
        await connected(consumer.start())
        consumer.assign([where])
        await consumer.seek_to_end(where)
        while True:
            for record in (await consumer.getmany(where, timeout_ms=_WAIT_MS)).get(where, []):
                try:
                    heard(CommandResult.model_validate_json(record.value or b""))
                except ValidationError as error:
                    _log.warning("result_unreadable", offset=record.offset, reason=str(error))
    except (KafkaError, OSError) as error:
        raise Unavailable("Kafka", f"{type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()
