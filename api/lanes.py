"""Requests of one source share records: a lane gathers what comes while a record is on its way.

The first piece goes at once. What comes until the broker has acknowledged it goes together next,
or sooner, when it is LANE_SECONDS old or a record is full. So a lone sender waits for nobody, and
a thousand small requests a second become a few records.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Generic, TypeVar

LANE_SECONDS: Final = 0.2

T = TypeVar("T")


class Lane(Generic[T]):
    """Pieces of one kind and one source. `carry` publishes several as one record and returns when
    the broker has acknowledged it; it raises Unavailable. `full` is the size that waits no longer.
    """

    def __init__(self, carry: Callable[[Sequence[T]], Awaitable[None]], full: int) -> None:
        self._carry = carry
        self._full = full
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None
        self._carrying: set[asyncio.Future[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is on its way."""
        return not self._waiting and not self._carrying

    def put(self, piece: T, size: int) -> "asyncio.Future[None]":
        """The future ends when the record that holds the piece is acknowledged, or with
        Unavailable.
        """
        loop = asyncio.get_running_loop()
        if self._waiting and self._size + size > self._full:
            self._go()
        acknowledged: asyncio.Future[None] = loop.create_future()
        self._waiting.append((piece, acknowledged))
        self._size += size
        if self._size >= self._full or not self._carrying:
            self._go()
        elif self._timer is None:
            self._timer = loop.call_later(LANE_SECONDS, self._go)
        return acknowledged

    def _go(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting, self._size = self._waiting, [], 0
        if not waiting:
            return
        carry = self._carry([piece for piece, _ in waiting])
        self._carrying.add(carrying := asyncio.ensure_future(carry))
        carrying.add_done_callback(partial(self._carried, waiting))

    def _carried(
        self, waiting: "list[tuple[T, asyncio.Future[None]]]", task: "asyncio.Future[None]"
    ) -> None:
        self._carrying.discard(task)
        error = None if task.cancelled() else task.exception()
        for _, acknowledged in waiting:
            if acknowledged.done():  # whoever waited has given up
                continue
            if task.cancelled():
                acknowledged.cancel()
            elif error:
                acknowledged.set_exception(error)
            else:
                acknowledged.set_result(None)
        if not self._carrying:
            self._go()
