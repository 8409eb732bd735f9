"""The loop under every agent, and the back-off under everything that may be unavailable."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from faust.types import EventT

from agents.engine.chunks import Chunk
from agents.engine.ending import die
from connectors.cancelling import is_cancelled
from schemas.errors import Unavailable

_LIMIT_SECONDS = 120.0
_SLOWEST_SECONDS = 5.0

_log = structlog.get_logger()
T = TypeVar("T")


async def run(stream: Any, handle: Callable[[EventT[Any]], Awaitable[None]]) -> None:
    """Hands over each event in order. An error of `handle` ends the process: Faust would restart
    the agent behind the event that failed, and so lose it.
    """
    async for event in stream.noack().events():
        if _is_current(event):
            await or_die("record_failed", handle(event))


async def run_chunks(stream: Any, handle: Callable[[Chunk], Awaitable[None]]) -> None:
    """The same by the chunk, for a topic that is delivered so."""
    async for event in stream.noack().events():
        if not _is_current(event):
            continue
        message = event.message
        chunk = Chunk(message.tp, message.generation_id or 0, event.value)
        await or_die("records_failed", handle(chunk))


def _is_current(event: EventT[Any]) -> bool:
    """Not from before a rebalance: such a record comes again, from the committed offset on."""
    generation: int = event.message.generation_id or 0
    return generation == event.app.consumer_generation_id


async def or_die(event: str, what: Awaitable[T]) -> T:
    """The result of `what`; an error of it is logged as `event` and ends the process."""
    try:
        return await what
    except asyncio.CancelledError as error:
        if is_cancelled():
            raise
        die(event, error)  # a library has let out what is its own
    except Exception as error:
        die(event, error)


async def patiently(what: Callable[[], Awaitable[T]], limit: float = _LIMIT_SECONDS) -> T:
    """Try again while it is Unavailable, slower each time; after `limit` seconds raise it."""
    began = time.monotonic()
    attempt = 0
    while True:
        try:
            return await what()
        except Unavailable as error:
            if time.monotonic() - began > limit:
                raise
            pause = min(error.retry_after * 2**attempt, _SLOWEST_SECONDS)
            attempt += 1
            _log.warning("unavailable", what=error.what, detail=str(error), retry_in=pause)
            await asyncio.sleep(pause)
