"""Ends a websocket from our side, although the application only ever listens to it."""

import asyncio
from typing import Final

from starlette.types import Message, Receive

COME_AGAIN: Final = 1012  # the renderer's worker connects again, with the cookies of then


class Hangup:
    """`receive` says that the client has left as soon as `hang_up` was called."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._asked = asyncio.Event()
        self._pending: asyncio.Task[Message] | None = None

    @property
    def asked(self) -> bool:
        """Whether it was us."""
        return self._asked.is_set()

    def hang_up(self) -> None:
        """From now on nobody is there."""
        self._asked.set()

    async def receive(self) -> Message:
        """The next message, or that it is over."""
        if self._pending is None:
            self._pending = asyncio.ensure_future(self._next())
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({self._pending, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        if self._pending.done():
            message, self._pending = self._pending.result(), None
            return message
        return {"type": "websocket.disconnect", "code": COME_AGAIN}

    def close(self) -> None:
        """After the application has returned."""
        if self._pending is not None:
            self._pending.cancel()

    async def _next(self) -> Message:
        return await self._receive()
