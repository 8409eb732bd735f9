"""The start of a Kafka client that may be cancelled at any moment."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

_GRACE_SECONDS: Final = 1.0


async def connected(start: Coroutine[Any, Any, None]) -> None:
    """Awaits the `start()` of an aiokafka client, which may still raise what it raises.

    aiokafka 0.14 forgets its first connection when it is cancelled while it asks that for the
    cluster: nobody can close it then. A broker that is there answers in milliseconds, so who is
    cancelled waits for that; the caller's `stop` closes what was opened. One that hangs is given
    up after a second.
    """
    starting = asyncio.ensure_future(start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=_GRACE_SECONDS)
        if starting.done() and not starting.cancelled():
            starting.exception()  # taken note of: the caller is cancelled, whatever it says
        raise
    finally:
        starting.cancel()
