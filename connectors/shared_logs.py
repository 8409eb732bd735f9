"""Topics read by a process that serves: one consumer and one admin client for all who ask.

Opening a client costs a tenth of a second and several connections, too much for what pages ask
every few seconds. One reads at a time, and nobody waits longer than a few seconds for the broker.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol, TypeVar

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from connectors import metadata
from connectors.connecting import connected
from connectors.consumer import Consumer, heed_group_errors
from connectors.kafka import client_options
from connectors.topic_log import TopicLog, consumer_options
from schemas.errors import Unavailable
from schemas.settings import Settings

_START_SECONDS: Final = 3.0
_REST_SECONDS: Final = 1.0  # after a failure others are told at once


class _Client(Protocol):
    async def start(self) -> None: ...


C = TypeVar("C", bound=_Client)


class SharedLogs:
    """Made with the process, connected by the first who asks; `seconds` is the longest use."""

    def __init__(self, settings: Settings, seconds: float = 5.0) -> None:
        self._settings = settings
        self._seconds = seconds
        self._consumer: Consumer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._reading = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._failed_at = float("-inf")
        self._fault = ""

    @asynccontextmanager
    async def open(self, topic: str) -> AsyncIterator[TopicLog]:
        """Raises Unavailable when the broker does not answer in time, also for what happens
        inside.
        """
        async with self._lent(self._reading, self._drop_consumer):
            if self._consumer is None:
                consumer = Consumer(**consumer_options(self._settings))
                self._consumer = await _started(consumer, consumer.stop)
            await self._consumer._client._wait_on_metadata(topic)
            log = TopicLog(self._consumer, topic)
            yield log
            log.rest()

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """The same for what only an admin client can ask."""
        async with self._lent(self._asking, self._drop_admin):
            if self._admin is None:
                admin = AIOKafkaAdminClient(**client_options(self._settings))
                heed_group_errors(admin._client)
                self._admin = await _started(admin, admin.close)
            yield self._admin

    async def cluster_id(self) -> str:
        """The id that the cluster was formatted with. Raises Unavailable."""
        async with self.admin() as admin:
            return await metadata.cluster_id(admin._client)

    async def close(self) -> None:
        """Ends the connections."""
        await self._drop_consumer()
        await self._drop_admin()

    @asynccontextmanager
    async def _lent(
        self, lock: asyncio.Lock, drop: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[None]:
        if time.monotonic() - self._failed_at < _REST_SECONDS:
            raise Unavailable("Kafka", self._fault)
        try:
            async with asyncio.timeout(self._seconds):
                await lock.acquire()
        except TimeoutError as error:  # the broker may be well
            said = f"others have been reading for {self._seconds:g} s"
            raise Unavailable("the reader of topics", said, retry_after=1) from error
        try:
            async with asyncio.timeout(self._seconds):
                try:
                    yield
                except (KafkaError, OSError, TimeoutError, asyncio.CancelledError, Unavailable):
                    await drop()  # what is under way on it would be read by the next who asks
                    raise
        except (KafkaError, OSError, TimeoutError) as error:
            self._failed_at = time.monotonic()
            self._fault = str(error) or f"no answer in {self._seconds:g} s"
            raise Unavailable("Kafka", self._fault) from error
        finally:
            lock.release()

    async def _drop_consumer(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await _ended(consumer.stop)

    async def _drop_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            await _ended(admin.close)


async def _started(client: C, stop: Callable[[], Awaitable[None]]) -> C:
    try:
        async with asyncio.timeout(_START_SECONDS):
            await connected(client.start())
    except (KafkaError, OSError, TimeoutError, asyncio.CancelledError):
        await _ended(stop)
        raise
    return client


async def _ended(stop: Callable[[], Awaitable[None]]) -> None:
    """Whatever its end says: the client is of no more use."""
    with suppress(KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            await stop()
