"""Looks at a running stack about once a second, from a thread of its own, and has it painted.

It must not disturb what it watches: its clients stay, and after each look it rests ten times as
long as the look took.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from connectors import glimpse
from connectors.glimpse import Connection
from connectors.instance import base_url, read_instance
from connectors.live import Phase, Picture
from connectors.shared_logs import SharedLogs
from connectors.stores import postgres
from schemas.errors import Unavailable
from schemas.settings import Settings

_PAINT_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 1.0
_BOOKS_SECONDS: Final = 2.0
_BROKER_SECONDS: Final = 30.0
_REST: Final = 10  # times what a look took


class Pace:
    """When to look again: after `seconds`, and after ten times what the last look took."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = float("-inf")

    def is_due(self) -> bool:
        """Whether it has rested long enough."""
        return time.monotonic() >= self._due

    def looked(self, began: float) -> None:
        """A look that began then (monotonic seconds) has ended now."""
        now = time.monotonic()
        self._due = now + max(self._seconds, _REST * (now - began))


class Watch:
    """Use as a context around the running of a stack; give it `ready` and `heard` as callbacks.

    `paint` is called in the watching thread, twice a second. With `limit` (seconds from
    being ready), or as soon as the picture is `enough`, the watch ends the stack itself, by the
    signal that a person would send.
    """

    def __init__(
        self,
        data_dir: Path,
        paint: Callable[[Picture], None],
        limit: float | None,
        enough: Callable[[Picture], bool] = lambda _picture: False,
    ) -> None:
        self.picture = Picture()
        self._data_dir = data_dir
        self._paint = paint
        self._limit = limit
        self._enough = enough
        self._reached: Settings | None = None
        self._left = False
        self._thread = ThreadPoolExecutor(1, "watch")
        self._soon, self._often = Pace(_PAINT_SECONDS), Pace(_LOOK_SECONDS)
        self._seldom = Pace(_BOOKS_SECONDS)

    def __enter__(self) -> Self:
        self._watching = self._thread.submit(asyncio.run, self._watch())
        self._watching.add_done_callback(self._ended)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._left = True
        self._thread.shutdown()
        if error is None:
            self._watching.result()

    def ready(self, reached: Settings) -> None:
        """The stack is ready, and reached with these settings."""
        self.picture.running_since = time.monotonic()
        self.picture.phase = Phase.RUNNING
        if reached.ui_enabled:
            self.picture.workspace = base_url(reached.ui_host, reached.ui_port)
        self._reached = reached

    def heard(self, part: str, line: str) -> None:
        """One line of a part's log. The supervisor says when it begins to stop."""
        if part == "supervisor" and json.loads(line)["event"] == "stopping":
            self.picture.phase = Phase.STOPPING

    def _ended(self, _watching: "Future[None]") -> None:
        """The time is up, or the watch failed: without it there is nothing to wait for."""
        if not self._left and self.picture.phase is not Phase.STOPPING:
            os.kill(os.getpid(), signal.SIGTERM)

    async def _watch(self) -> None:
        looking: asyncio.Task[None] | None = None
        while not self._left:
            self._look_at_parts()
            self._paint(self.picture)
            if looking and looking.done():
                return looking.result()
            if looking and self.picture.phase is Phase.STOPPING:
                looking.cancel()  # what it looks at is about to go
                looking = self._reached = None
            if looking is None and self._reached:
                looking = asyncio.create_task(self._look(self._reached))
            await asyncio.sleep(_PAINT_SECONDS)
        return None

    def _look_at_parts(self) -> None:
        instance = read_instance(self._data_dir)
        if instance and instance.supervisor.pid == os.getpid():  # else of one that died
            self.picture.parts = instance.parts

    async def _look(self, settings: Settings) -> None:
        """Look again and again, with new connections after a fault, until the time is up."""
        while not self._is_over():
            logs = SharedLogs(settings, _BROKER_SECONDS)
            try:
                with postgres.connect(settings) as connection:
                    await self._look_until_over(settings, connection, logs)
            except Unavailable as error:
                self.picture.fault = str(error)
                await asyncio.sleep(_LOOK_SECONDS)
            finally:
                await logs.close()

    async def _look_until_over(
        self, settings: Settings, connection: Connection, logs: SharedLogs
    ) -> None:
        over = False
        while not over:
            over = self._is_over()  # then one last look, whatever the pace
            if over or self._soon.is_due():
                began = time.monotonic()
                self.picture.take_alerts(*glimpse.alerts(connection))
                self._soon.looked(began)
            if over or self._often.is_due():
                began = time.monotonic()
                self.picture.take_patterns(*glimpse.patterns(connection), time.monotonic())
                self._often.looked(began)
            if over or self._seldom.is_due():
                began = time.monotonic()
                books = await glimpse.ledger(settings, connection, logs)
                self.picture.take_ledger(books, time.monotonic())
                self._seldom.looked(began)
            self.picture.fault = ""
            await asyncio.sleep(_PAINT_SECONDS)

    def _is_over(self) -> bool:
        since = self.picture.running_since
        if since is not None and self._enough(self.picture):
            return True
        if self._limit is None or since is None:
            return False
        return time.monotonic() - since >= self._limit
