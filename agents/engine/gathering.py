"""Gathers what one transaction shall write: flushed when there is much, and by a timer when not."""

import asyncio
import functools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from faust.types import TP

from agents.app import ForeshockApp
from agents.engine import loop

_FLUSH_SECONDS = 0.2  # a lone record waits no longer than this
_BUSY_SECONDS = 0.8
_LONG_SECONDS = 60.0  # for one flush; it goes on all the same

T = TypeVar("T")


class Sizes(NamedTuple):
    """In bytes or points. `busy`: so many in the first moment are worth waiting for more; `full`:
    enough for one transaction; `held`: beyond, the stream waits for the database.
    """

    busy: int
    full: int
    held: int


class _Arrived(NamedTuple, Generic[T]):
    """What came of one record."""

    items: Sequence[T]
    done: tuple[TP, int]
    size: int


class Gathering(Generic[T]):
    """Hands what was gathered to `flush`, patiently, and settles its records after that.

    Never much more than `full` at once, however much is held: a process keeps the memory of the
    largest flush that it ever made.
    """

    def __init__(
        self, app: ForeshockApp, flush: Callable[[list[T]], Awaitable[None]], sizes: Sizes
    ) -> None:
        self._app = app
        self._flush = flush
        self._sizes = sizes
        self._arrived = deque[_Arrived[T]]()
        self._size = 0
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._flushing_since: float | None = None
        app.hindrances.append(self._hindrance)

    async def add(self, items: Sequence[T], done: tuple[TP, int], size: int) -> None:
        """What came of one record; waits while too much is held."""
        self._arrived.append(_Arrived(items, done, size))
        self._size += size
        self._wake.set()
        if self._size > self._sizes.held:
            self._room.clear()
            await self._room.wait()

    async def flush_forever(self) -> None:
        """Run it as a task of the app."""
        while not self._app.should_stop:
            await self._wake.wait()
            if self._size < self._sizes.full:
                await asyncio.sleep(_FLUSH_SECONDS)
            if self._sizes.busy < self._size < self._sizes.full:
                await asyncio.sleep(_BUSY_SECONDS)
            taken = self._take()
            flush = functools.partial(self._flush, [item for one in taken for item in one.items])
            self._flushing_since = time.monotonic()
            await loop.or_die("flush_failed", loop.patiently(flush))
            self._flushing_since = None
            for one in taken:
                self._app.exact_consumer.settle(*one.done)

    def _take(self) -> list[_Arrived[T]]:
        """The oldest, as many as are enough for one transaction."""
        taken, size = list[_Arrived[T]](), 0
        while self._arrived and size < self._sizes.full:
            taken.append(self._arrived.popleft())
            size += taken[-1].size
        self._size -= size
        if not self._arrived:
            self._wake.clear()
        if self._size <= self._sizes.held:
            self._room.set()
        return taken

    def _hindrance(self) -> str:
        """A database that is away, or that is there and answers nothing."""
        since = self._flushing_since
        seconds = 0.0 if since is None else time.monotonic() - since
        return f"Postgres takes nothing, for {seconds:.0f} s" if seconds > _LONG_SECONDS else ""
