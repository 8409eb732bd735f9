"""From a Redis stream to counted patterns: the books balance, repeats count as deduplicated."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import deadletters
from schemas.settings import Settings
from tests.connectors.sources.streams import QUICK, add, polling
from tests.connectors.sources.streams import settled as acknowledged
from tests.connectors.sources.support import start
from tests.stack import RunningStack
from tests.valkey import Valkey
from tests.workers import Workers, books, installation, settled

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("redis")]


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey")
    yield server
    server.kill()


async def _bridge(settings: Settings, valkey: Valkey) -> None:
    async with polling(settings), valkey.client() as client:
        await acknowledged(client, settings, "logs")


async def _add(valkey: Valkey, texts: list[bytes]) -> None:
    async with valkey.client() as client:
        await add(client, "logs", texts)


async def _poison(settings: Settings, valkey: Valkey) -> None:
    """An entry that five consumers did not survive."""
    group = settings.topic_prefix + "aiops-consumers"
    async with valkey.client() as client:
        (id_,) = await add(client, "logs", [b"poison"])
        await client.xreadgroup(group, "consumer-1", {"logs": ">"})
        for consumer in range(2, 6):
            await client.xclaim("logs", group, f"consumer-{consumer}", 0, [id_])


def test_what_was_sent_before_a_kill_9_counts_once(stack: RunningStack, valkey: Valkey) -> None:
    settings = installation(stack, redis_url=valkey.url, **QUICK)
    asyncio.run(_add(valkey, [b"order %d shipped" % n for n in range(3000)]))
    for step in ("send", "settle"):
        # Everything arrived, nothing was acknowledged in Redis.
        command = ("tests.connectors.sources.dying_bridge", step, "after", "1")
        words = command if step == "send" else (*command[:2], "before", "1")
        assert start(settings, *words).communicate(timeout=60) is not None
    with Workers(settings, ("ingest", "persist")) as workers:
        asyncio.run(_bridge(settings, valkey))
        ledger = settled(workers, 3000)
    line = books(ledger)["redis/logs"]
    assert ledger.balanced
    assert line.parsed == 3000
    assert line.deduplicated > 0
    assert line.accepted == 3000 + line.deduplicated


def test_a_dead_letter_of_the_bridge_is_accepted_when_it_is_sent_again(
    stack: RunningStack, valkey: Valkey
) -> None:
    settings = installation(stack, redis_url=valkey.url, **QUICK)
    asyncio.run(_add(valkey, [b"fine"]))
    with Workers(settings, ("ingest", "persist")) as workers:
        asyncio.run(_bridge(settings, valkey))
        asyncio.run(_poison(settings, valkey))
        asyncio.run(_bridge(settings, valkey))
        assert books(settled(workers, 1))["redis/logs"].accepted == 1
        (letter,) = asyncio.run(deadletters.read_all(settings))
        assert not letter.brought_back
        for _ in range(2):
            asyncio.run(deadletters.replay(settings, [letter]))
        line = books(ledger := settled(workers, 3))["redis/logs"]
        assert (line.parsed, line.deduplicated, ledger.balanced) == (2, 1, True)
        (letter,) = asyncio.run(deadletters.read_all(settings))
        assert letter.brought_back
