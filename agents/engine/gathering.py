"""Gathers what one transaction shall write: flushed when there is much, and by a timer when not."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from faust.types import TP

from agents.app import ForeshockApp
from agents.engine import loop

_FLUSH_SECONDS = 0.2  # a lone record waits no longer than this
_BUSY_SECONDS = 0.8
_LONG_SECONDS = 60.0  # for one flush; it goes on all the same

T = TypeVar("T")


class Sizes(NamedTuple):
    """In lines or points. `busy`: so many in the first moment are worth waiting for more; `full`:
    enough for one transaction; `held`: beyond, the stream waits for the database.
    """

    busy: int
    full: int
    held: int


@dataclass
class _Gathered(Generic[T]):
    """What arrived since the last flush."""

    items: list[T] = field(default_factory=list)
    done: list[tuple[TP, int]] = field(default_factory=list)
    size: int = 0


class Gathering(Generic[T]):
    """Hands what was gathered to `flush`, patiently, and settles its records after that."""

    def __init__(
        self, app: ForeshockApp, flush: Callable[[list[T]], Awaitable[None]], sizes: Sizes
    ) -> None:
        self._app = app
        self._flush = flush
        self._sizes = sizes
        self._gathered = _Gathered[T]()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._flushing_since: float | None = None
        app.hindrances.append(self._hindrance)

    async def add(self, items: Sequence[T], done: tuple[TP, int], size: int) -> None:
        """What came of one record; waits while too much is held."""
        self._gathered.items += items
        self._gathered.done.append(done)
        self._gathered.size += size
        self._wake.set()
        if self._gathered.size > self._sizes.held:
            self._room.clear()
            await self._room.wait()

    async def flush_forever(self) -> None:
        """Run it as a task of the app."""
        while not self._app.should_stop:
            await self._wake.wait()
            if self._gathered.size < self._sizes.full:
                await asyncio.sleep(_FLUSH_SECONDS)
            if self._sizes.busy < self._gathered.size < self._sizes.full:
                await asyncio.sleep(_BUSY_SECONDS)
            gathered, self._gathered = self._gathered, _Gathered()
            self._wake.clear()
            self._room.set()
            flush = functools.partial(self._flush, gathered.items)
            self._flushing_since = time.monotonic()
            await loop.or_die("flush_failed", loop.patiently(flush))
            self._flushing_since = None
            for tp, offset in gathered.done:
                self._app.exact_consumer.settle(tp, offset)

    def _hindrance(self) -> str:
        """A database that is away, or that is there and answers nothing."""
        since = self._flushing_since
        seconds = 0.0 if since is None else time.monotonic() - since
        return f"Postgres takes nothing, for {seconds:.0f} s" if seconds > _LONG_SECONDS else ""
