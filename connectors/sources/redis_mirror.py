"""The redis_mirror source: the way out, for programs that read Redis instead of topics.

What the topics patterns and alerts say is added to streams of these names; alerts are also
published to the channel alerts. It is a poller as the others are: supervised alone, so that
nothing waits for Redis but this. At least once: positions are committed after Redis has answered.
"""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Final

import structlog
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from redis.asyncio import Redis

from connectors.cancelling import heed_cancellation
from connectors.connecting import connected
from connectors.consumer import Consumer
from connectors.kafka import client_options, topic_name
from connectors.redis import REDIS, open_redis
from connectors.redis_address import is_wanted
from connectors.sources.edge import Edge
from connectors.sources.registry import source
from schemas.errors import Unavailable
from schemas.settings import Settings
from schemas.topics import ALERTS, PATTERNS

GROUP: Final = "redis-mirror"
_MOST_RECORDS: Final = 500
_WAIT_MS: Final = 200
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0

_log = structlog.get_logger()


@source("redis_mirror", wanted=is_wanted)
async def poll(_edge: Edge, settings: Settings) -> None:
    """Mirror until cancelled; waits while Redis does not answer.

    Raises UserError when Redis refuses us, Unavailable when the broker does not answer.
    """
    pause, waiting = _FIRST_PAUSE, False
    while True:
        try:
            async with open_redis(settings) as client:
                await client.ping()
                pause, waiting = _FIRST_PAUSE, False
                await mirror(client, settings)
        except Unavailable as error:
            if error.what != REDIS:
                raise
            if not waiting:
                _log.warning("mirror_waits", reason=str(error))
            waiting = True
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


async def mirror(client: Redis, settings: Settings) -> None:
    """Raises Unavailable when the broker does not answer, or what Redis says."""
    consumer = Consumer(
        *(topic_name(settings, topic) for topic in (PATTERNS, ALERTS)),
        **client_options(settings),
        group_id=settings.topic_prefix + GROUP,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        await connected(consumer.start())
        while True:
            heed_cancellation()
            found = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_MOST_RECORDS)
            if found:
                await _write(client, list(chain.from_iterable(found.values())), settings)
                await consumer.commit()
    except KafkaError as error:
        raise Unavailable("Kafka", f"{type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()


async def _write(client: Redis, records: Sequence[ConsumerRecord], settings: Settings) -> None:
    """Streams and channel have the names of the topics, with their prefix."""
    alerts = topic_name(settings, ALERTS)
    async with client.pipeline(transaction=False) as pipe:
        for record in records:
            if record.value is None:  # a key was deleted: nothing that a stream could say
                continue
            pipe.xadd(
                record.topic,
                {
                    "id": f"{record.topic}:{record.partition}:{record.offset}",
                    "key": record.key or b"",
                    "data": record.value,
                },
                maxlen=settings.redis_stream_maxlen,
                approximate=True,
            )
            if record.topic == alerts:
                pipe.publish(alerts, record.value)
        await pipe.execute()
