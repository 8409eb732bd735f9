"""The metric history, opened by the first who asks and kept for the life of the process."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Final, TypeVar

from api.problems import Problem
from connectors.stores.history.choice import open_history
from connectors.stores.history.port import History
from connectors.stores.postgres import Pool
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

_PATIENCE_SECONDS: Final = 10.0

Answer = TypeVar("Answer")


class Histories:
    """Either back end; which one is decided by settings and database, see `open_history`."""

    def __init__(self, settings: Settings, pool: Pool) -> None:
        self._settings = settings
        self._pool = pool
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._history: History | None = None

    async def open(self) -> History:
        """Raises Unavailable, and Problem 503 where the points are in the other back end."""
        async with self._opening:
            if self._history is None:
                try:
                    self._history = await self._stack.enter_async_context(
                        open_history(self._settings, self._pool)
                    )
                except UserError as error:
                    status, detail = HTTPStatus.SERVICE_UNAVAILABLE, f"{error}: {error.remedy}"
                    raise Problem(status, "history-elsewhere", detail) from error
            return self._history

    async def close(self) -> None:
        """Ends its connections."""
        await self._stack.aclose()


async def in_time(question: Awaitable[Answer]) -> Answer:
    """The answer of a history. Raises Unavailable when it takes longer than anybody waits."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await question
    except TimeoutError as error:
        detail = f"no answer in {_PATIENCE_SECONDS:g} s; ask for less at once"
        raise Unavailable("the metric history", detail, retry_after=5) from error
