"""Passwords hashed beside the event loop, two at once at most: each takes 64 MiB."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from api.problems import overloaded
from connectors.passwords import hash_password, is_password

_AT_ONCE: Final = 2
_WAITING: Final = 64  # a few seconds' worth

Result = TypeVar("Result")


class Hashing:
    """One a process."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hashing")
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        # The password of whoever is not there: so an unknown name takes as long as a known one.
        self._nobody = hash_password("nobody has this password")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Holds one of the two places. Raises Problem 503 when too many wait."""
        if self._waiting >= _WAITING:
            raise overloaded("overloaded", "too many logins at once; try again a little later")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether this is the password; None is a user who is not there. To be called in a turn."""
        right = await self._aside(is_password, hashed or self._nobody, password)
        return right and hashed is not None

    async def hash(self, password: str) -> str:
        """In a turn of its own."""
        async with self.turn():
            return await self._aside(hash_password, password)

    def close(self) -> None:
        """What is under way is waited for by nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _aside(self, work: Callable[..., Result], *given: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
