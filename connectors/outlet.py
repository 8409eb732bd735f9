"""The way to the broker of a process that serves: it outlives every failure of the broker.

A Publisher that failed is of no more use; here it is replaced until one connects. Meanwhile
whoever wants to publish is told at once, and does not wait for what cannot happen.
"""

import asyncio
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

    async def run(self) -> None:
        """Connects, and connects again, until cancelled; then up to 20 s for what is in flight."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with Publisher(self._settings) as publisher:
                    _log.info("broker_connected")
                    self._broken.clear()
                    self._publisher, pause = publisher, _FIRST_PAUSE
                    try:
                        await self._broken.wait()
                    finally:
                        self._publisher = None
                    _log.warning("broker_lost", reason=self._fault)
            except Unavailable as error:
                self._fault = str(error)
                _log.warning("broker_unavailable", reason=self._fault)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
