"""The metric history, opened by the first who asks and kept for the life of the process."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack, contextmanager
from http import HTTPStatus
from typing import Final, TypeVar

from api.problems import Problem
from connectors.stores.history import back_end
from connectors.stores.history.choice import open_history
from connectors.stores.history.port import History
from connectors.stores.postgres import Pool
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

_PATIENCE_SECONDS: Final = 10.0
_NO_ANSWER: Final = f"no answer in {_PATIENCE_SECONDS:g} s"
_HISTORY: Final = "the metric history"

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
        """Raises Unavailable, also when it takes longer than anybody waits; and Problem 503 where
        the points are in the other back end, or InfluxDB refuses us.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._opening:
                if self._history is None:
                    with _set_right():
                        self._history = await self._stack.enter_async_context(
                            open_history(self._settings, self._pool)
                        )
                return self._history
        except TimeoutError as error:
            there = back_end.configured(self._settings) == back_end.INFLUXDB
            what = f"InfluxDB at {self._settings.influxdb_url}" if there else _HISTORY
            raise Unavailable(what, _NO_ANSWER, retry_after=5) from error

    async def close(self) -> None:
        """Ends its connections."""
        await self._stack.aclose()


async def in_time(question: Awaitable[Answer]) -> Answer:
    """The answer of a history. Raises Unavailable when it takes longer than anybody waits, and
    Problem 503 when InfluxDB refuses us by now.
    """
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            with _set_right():
                return await question
    except TimeoutError as error:
        detail = f"{_NO_ANSWER}; ask for less at once"
        raise Unavailable(_HISTORY, detail, retry_after=5) from error


@contextmanager
def _set_right() -> Iterator[None]:
    """What a person must set right is told to whoever asks, as 503."""
    try:
        yield
    except UserError as error:
        status, detail = HTTPStatus.SERVICE_UNAVAILABLE, f"{error}: {error.remedy}"
        raise Problem(status, "history-elsewhere", detail) from error
