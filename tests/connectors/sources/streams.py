"""What the tests of the streams bridge share: producers, the bridge at work, and what arrived."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from connectors.runner import Health, run_pollers
from schemas.settings import Settings
from tests.connectors.sources.support import Record, fresh
from tests.stack import RunningStack
from tests.valkey import Valkey

QUICK: dict[str, Any] = {"consumer_claim_seconds": 0.2, "consumer_claim_idle_seconds": 0.5}


async def bridged(
    stack: RunningStack, valkey: Valkey, data_dir: Path, **overrides: object
) -> Settings:
    """Settings of a fresh installation on this Valkey."""
    chosen = {"redis_url": valkey.url, **QUICK, **overrides}
    return await fresh(stack, data_dir, **chosen)


@asynccontextmanager
async def polling(settings: Settings) -> AsyncIterator[Health]:
    """The pollers at work while the block runs."""
    health = Health()
    task = asyncio.create_task(run_pollers(settings, health))
    try:
        yield health
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def add(client: Any, stream: str, texts: Iterable[bytes]) -> list[bytes]:
    """Entries of a text field alone; returns their ids."""
    async with client.pipeline(transaction=False) as pipe:
        for text in texts:
            pipe.xadd(stream, {"message": text})
        return [bytes(id_) for id_ in await pipe.execute()]


async def settled(client: Any, settings: Settings, stream: str, seconds: float = 60.0) -> None:
    """Returns when the group has read and acknowledged everything."""
    group = (settings.topic_prefix + settings.consumer_group).encode()
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = await client.xinfo_groups(stream) if await client.exists(stream) else []
        own = next((about for about in found if about["name"] == group), None)
        if own and own["lag"] == 0 and own["pending"] == 0:
            return
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.05)


def lines_once(records: Iterable[Record]) -> Counter[bytes]:
    """The lines, a repeated range counted once; a repeat holds what the first one did."""
    once: dict[str, list[bytes]] = {}
    for record in records:
        lines = once.setdefault(record.range, record.batch.lines)
        assert lines == record.batch.lines, f"the repeat of {record.range} differs"
    return Counter(line for lines in once.values() for line in lines)
