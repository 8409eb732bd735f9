"""Sends what records produced and settles the records when the broker has acknowledged it all."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, NamedTuple, cast

from faust.types import TP

from agents.app import ForeshockApp
from agents.engine.loop import or_die
from schemas.headers import Headers

_IN_FLIGHT = 32


class Send(NamedTuple):
    """One record to produce; `partition` None leaves the choice to the key."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers
    partition: int | None = None


class Window:
    """At most 32 groups of sends in flight; records of one partition go out in order."""

    def __init__(self, app: ForeshockApp) -> None:
        self._app = app
        self._slots = asyncio.Semaphore(_IN_FLIGHT)
        self._order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, sends: Sequence[Send], done: Sequence[tuple[TP, int]]) -> None:
        """Returns when the sends are buffered; `done` are settled once they are acknowledged."""
        await self._slots.acquire()
        async with self._order:
            pending = [await self._produce(send) for send in sends]
        task = asyncio.create_task(self._settle(pending, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def acknowledged(self) -> None:
        """Returns when everything that was sent before this call is acknowledged."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _produce(self, send: Send) -> Awaitable[Any]:
        return cast(
            Awaitable[Any],
            await self._app.producer.send(
                send.topic, send.key, send.value, send.partition, None, cast(Any, send.headers)
            ),
        )

    async def _settle(
        self, pending: Sequence[Awaitable[Any]], done: Sequence[tuple[TP, int]]
    ) -> None:
        await or_die("produce_failed", asyncio.gather(*pending))
        self._slots.release()
        for tp, offset in done:
            self._app.exact_consumer.settle(tp, offset)
