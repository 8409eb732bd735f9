"""Answers that many ask for and that cost something: worked out once for all who wait.

An answer is kept for `seconds`, or for five times as long as it took, so that no crowd of
browsers makes a process do nothing else.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from schemas.errors import Unavailable

T = TypeVar("T")
_SHARE: Final = 5
_LONGEST_KEPT: Final = 60.0


class Fresh(Generic[T]):
    """One kind of answer. `patience` is how long somebody waits for it, in seconds."""

    def __init__(
        self, make: Callable[[], Awaitable[T]], seconds: float, patience: float = 4.0
    ) -> None:
        self._make = make
        self._seconds = seconds
        self._patience = patience
        self._making: asyncio.Task[T] | None = None
        self._answer: tuple[float, T] | None = None
        self._kept = 0.0
        self._fault: tuple[float, Unavailable] | None = None

    async def get(self, patience: float | None = None) -> T:
        """Raises Unavailable when it cannot be had, or takes longer than anybody waits.

        `patience` is for one who waits less than others. An answer that takes too long to renew is
        given as it was for a minute.
        """
        now = time.monotonic()
        if self._answer and now - self._answer[0] < self._kept:
            return self._answer[1]
        if self._fault and now - self._fault[0] < self._seconds:
            raise self._fault[1]
        making = self._making
        if making is None:
            making = self._making = asyncio.create_task(self._renew())
            making.add_done_callback(self._over)
        done, _ = await asyncio.wait({making}, timeout=patience or self._patience)
        if done:
            return making.result()
        if self._answer and now - self._answer[0] < _LONGEST_KEPT:
            return self._answer[1]
        raise Unavailable("the answer", "it takes long to work out; ask again", retry_after=5)

    async def close(self) -> None:
        """Ends what is being worked out."""
        if self._making:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)

    async def _renew(self) -> T:
        began = time.monotonic()
        answer = await self._make()
        ended = time.monotonic()
        self._answer = (ended, answer)
        self._kept = min(max(self._seconds, _SHARE * (ended - began)), _LONGEST_KEPT)
        return answer

    def _over(self, making: "asyncio.Task[T]") -> None:
        self._making = None
        if making.cancelled():
            return
        error = making.exception()
        if isinstance(error, Unavailable):
            self._fault = (time.monotonic(), error)
