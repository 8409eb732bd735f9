"""Answers that many ask for at once: worked out once, and given to all who ask within seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

Answer = TypeVar("Answer")
_MOST: Final = 64  # questions that are remembered


class Shared(Generic[Answer]):
    """By question; whoever goes away does not disturb the others who wait."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[Hashable, asyncio.Task[Answer]] = {}
        self._kept: dict[Hashable, tuple[float, Answer]] = {}

    async def get(self, question: Hashable, work_out: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer, no older than the seconds. Raises what `work_out` raises."""
        kept = self._kept.get(question)
        if kept and time.monotonic() - kept[0] < self._seconds:
            return kept[1]
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.create_task(self._work_out(question, work_out))
            self._under_way[question] = task
            task.add_done_callback(lambda _: self._under_way.pop(question, None))
        return await asyncio.shield(task)

    async def _work_out(
        self, question: Hashable, work_out: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        began = time.monotonic()
        answer = await work_out()
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[question] = began, answer
        return answer

    async def close(self) -> None:
        """Ends what is under way."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
