"""The way to the broker of a process that serves: it outlives every failure of the broker.

A Publisher that failed is of no more use; here it is replaced until one connects. Meanwhile
whoever wants to publish is told at once, and does not wait for what cannot happen.
"""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from connectors.publish import DISK, Publisher
from schemas.errors import Unavailable
from schemas.settings import Settings

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 2.0

_log = structlog.get_logger()


class Outlet:
    """Keep `run` running; `publisher` is the one to use now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._publisher: Publisher | None = None
        self._broken = asyncio.Event()
        self._tried = asyncio.Event()
        self._fault = "not connected yet"

    @property
    def publisher(self) -> Publisher:
        """Raises Unavailable while there is none that works."""
        if self._publisher is None:
            raise Unavailable("Kafka", self._fault)
        return self._publisher

    def failed(self, publisher: Publisher, error: Unavailable) -> None:
        """Say that `publisher` raised `error`; it is replaced, once, however many say so."""
        if publisher is self._publisher and error.what != DISK:
            self._publisher, self._fault = None, str(error)
            self._broken.set()

    async def first_try(self, seconds: float) -> None:
        """Returns when the first attempt to connect has ended, or after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._tried.wait()

    async def run(self) -> None:
        """Connects, and connects again, until cancelled; then up to 20 s for what is in flight.

        A broken one is closed while the next connects, as that may take as long.
        """
        pause, held = _FIRST_PAUSE, set[asyncio.Task[None]]()
        try:
            while True:
                broken = self._broken = asyncio.Event()
                holding = asyncio.create_task(self._hold(broken))
                waiting = asyncio.create_task(broken.wait())
                held.add(holding)
                await asyncio.wait({holding, waiting}, return_when=asyncio.FIRST_COMPLETED)
                pause = _FIRST_PAUSE if broken.is_set() else min(2 * pause, _LONGEST_PAUSE)
                waiting.cancel()
                for task in [task for task in held if task.done()]:
                    held.discard(task)
                    task.result()
                await asyncio.sleep(pause)
        finally:
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)

    async def _hold(self, broken: asyncio.Event) -> None:
        """One Publisher, from its connection to its end."""
        try:
            async with Publisher(self._settings) as publisher:
                _log.info("broker_connected")
                self._publisher = publisher
                self._tried.set()
                try:
                    await broken.wait()
                finally:
                    if self._publisher is publisher:
                        self._publisher = None
                _log.warning("broker_lost", reason=self._fault)
        except Unavailable as error:
            self._fault = str(error)
            _log.warning("broker_unavailable", reason=self._fault)
            self._tried.set()
