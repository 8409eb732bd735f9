"""The streams bridge on a real Valkey and a real broker."""

import asyncio
import json
import random
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.topic_log import open_log
from schemas.headers import DEAD_ID, DEAD_REASON, DEAD_STAGE, LINES, RANGE, text
from schemas.logs import decode_batch
from schemas.settings import Settings
from schemas.topics import DLQ
from tests.connectors.sources.streams import add, bridged, lines_once, polling, settled
from tests.connectors.sources.support import arrived, start, until
from tests.stack import RunningStack
from tests.valkey import Valkey

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("redis")]

STEPS = [
    ("read", "after"),
    ("plan", "before"),
    ("plan", "after"),
    ("send", "before"),
    ("send", "after"),
    ("settle", "before"),
    ("settle", "after"),
]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey") / "data")
    yield server
    server.kill()


@pytest.fixture
def stream(request: pytest.FixtureRequest) -> str:
    """A stream of this test's own."""
    return f"logs-{abs(hash(request.node.nodeid))}"


async def dead_letters(settings: Settings) -> list[Any]:
    found = []
    async with open_log(settings, settings.topic_prefix + DLQ.name) as log:
        for partition, (first, end) in (await log.bounds()).items():
            found += [record async for record in log.read(partition, first, end)]
    return found


def killed(settings: Settings, *words: str) -> subprocess.Popen[bytes]:
    return start(settings, "tests.connectors.sources.dying_bridge", *words)


async def test_entries_arrive_once_in_order_and_are_acknowledged(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str
) -> None:
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[stream])
    texts = [b"line %05d of many" % n for n in range(2500)]
    async with valkey.client() as client:
        await add(client, stream, texts[:1500])
        async with polling(settings):
            await add(client, stream, texts[1500:])
            await settled(client, settings, stream)
        assert await client.xlen(stream) == 2500, "nothing is trimmed without being told to"
    records = await arrived(settings)
    assert [line for record in records for line in record.batch.lines] == texts
    assert {record.batch.source for record in records} == {f"redis/{stream}"}
    assert len({record.range for record in records}) == len(records)
    assert lines_once(records) == Counter(texts)


@pytest.mark.parametrize(("step", "when"), STEPS, ids=lambda words: str(words))
async def test_kill_9_at_each_step_loses_and_doubles_nothing(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str, step: str, when: str
) -> None:
    settings = await bridged(
        stack, valkey, tmp_path, redis_streams=[stream], consumer_batch_size=70
    )
    async with valkey.client() as client:
        texts = [b"%s %s %04d" % (step.encode(), when.encode(), n) for n in range(500)]
        ids = await add(client, stream, texts)
        await client.xadd(stream, {"source": "of its own", "log": "apart"})
        process = killed(settings, step, when, "3")
        await asyncio.to_thread(process.communicate, None, 60)
        assert process.returncode == -9, "it did not come to that step"
        # Another number of entries a read: what was not planned is grouped anew.
        again = settings.model_copy(update={"consumer_batch_size": 90})
        async with polling(again):
            await settled(client, settings, stream)
        plans = f"foreshock:plans:{stream}:{settings.topic_prefix}aiops-consumers"
        assert await client.hkeys(plans) == [b"incarnation"], "plans stayed behind"
    assert len(ids) == 500
    assert lines_once(await arrived(settings)) == Counter([*texts, b"apart"])


async def test_consumers_that_are_killed_at_random_while_others_go_on(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str
) -> None:
    settings = await bridged(
        stack, valkey, tmp_path, redis_streams=[stream], consumer_batch_size=50
    )
    one = settings.model_copy(update={"data_dir": tmp_path / "one"})
    two = settings.model_copy(update={"data_dir": tmp_path / "two"})
    texts = [b"%06d" % n for n in range(12_000)]
    async with valkey.client() as client:
        adding = asyncio.create_task(_slowly(client, stream, texts))
        while not adding.done():
            processes = [start(each, "connectors") for each in (one, two)]
            await asyncio.sleep(random.uniform(2.5, 4.5))
            for process in processes:
                process.kill()
                await asyncio.to_thread(process.communicate)
        async with polling(settings):
            await settled(client, settings, stream)
    assert lines_once(await arrived(settings)) == Counter(texts)


async def _slowly(client: Any, stream: str, texts: list[bytes]) -> None:
    for at in range(0, len(texts), 60):
        await add(client, stream, texts[at : at + 60])
        await asyncio.sleep(0.06)


async def test_what_a_dead_consumer_left_is_taken_over_and_it_is_removed(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str
) -> None:
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[stream])
    group = settings.topic_prefix + "aiops-consumers"
    async with valkey.client() as client:
        await add(client, stream, [b"one", b"two", b"three"])
        await client.xgroup_create(stream, group, "0")
        await client.xreadgroup(group, "consumer-1", {stream: ">"})
        async with polling(settings):
            await settled(client, settings, stream)
            await _until_consumers(client, stream, group, 1)
        assert b"consumer-1" not in {c["name"] for c in await client.xinfo_consumers(stream, group)}
    assert lines_once(await arrived(settings)) == Counter([b"one", b"two", b"three"])


async def _until_consumers(client: Any, stream: str, group: str, count: int) -> None:
    for _ in range(400):
        if len(await client.xinfo_consumers(stream, group)) == count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(await client.xinfo_consumers(stream, group))


async def test_an_entry_delivered_five_times_is_dead_lettered(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str
) -> None:
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[stream])
    group = settings.topic_prefix + "aiops-consumers"
    async with valkey.client() as client:
        bad, good = await add(client, stream, [b"bad", b"good"])
        await client.xgroup_create(stream, group, "0")
        await client.xreadgroup(group, "consumer-1", {stream: ">"})
        for consumer in range(2, 6):
            await client.xclaim(stream, group, f"consumer-{consumer}", 0, [bad])
        async with polling(settings):
            await settled(client, settings, stream)
    (letter,) = await dead_letters(settings)
    about = list(letter.headers)
    assert decode_batch(letter.value).lines == [b"bad"]
    assert text(about, DEAD_REASON) == "delivered too often"
    assert text(about, DEAD_STAGE) == "bridge"
    assert text(about, LINES) == "1"
    name = text(about, RANGE) or ""
    assert name.endswith(f"{stream}:{bad.decode()}-{bad.decode()}")
    assert text(about, DEAD_ID) == f"{name}#-1"
    assert lines_once(await arrived(settings)) == Counter([b"good"])
    assert good != bad


async def test_a_server_killed_and_started_again_has_lost_nothing(
    stack: RunningStack, tmp_path: Path, stream: str
) -> None:
    valkey = await asyncio.to_thread(Valkey, tmp_path / "valkey")
    log = tmp_path / "app.log"
    log.write_bytes(b"from a file\n")
    settings = await bridged(
        stack, valkey, tmp_path / "data", redis_streams=[stream], file_sources=[str(log)]
    )
    texts = [b"%04d" % n for n in range(2000)]
    with capture_logs() as said:
        async with polling(settings) as health:
            async with valkey.client() as client:
                await add(client, stream, texts[:1000])
            await asyncio.to_thread(valkey.kill)
            await until(lambda: _waits(said) > 0)
            with log.open("ab") as file:
                file.write(b"while Redis was away\n")
            await until(lambda: _bytes_taken(settings) == log.stat().st_size)
            assert health.fault() == ""
            await asyncio.to_thread(valkey.start)
            async with valkey.client() as client:
                await add(client, stream, texts[1000:])
                await settled(client, settings, stream)
    assert _waits(said) == 1, "an outage is said once"
    valkey.kill()
    found = lines_once(r for r in await arrived(settings) if r.batch.source.startswith("redis/"))
    assert found == Counter(texts)


def _waits(said: list[Any]) -> int:
    return sum(event["event"] == "stream_waits" for event in said)


def _bytes_taken(settings: Settings) -> int:
    """Of all files together, as the edge's book has it."""
    with closing(sqlite3.connect(settings.data_dir / "edges.sqlite")) as book:
        return int(book.execute("SELECT total(taken) FROM origins").fetchone()[0])


async def test_trimming_keeps_what_any_group_has_not_acknowledged(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str
) -> None:
    settings = await bridged(
        stack, valkey, tmp_path, redis_streams=[stream], redis_stream_trim=True
    )
    async with valkey.client() as client:
        ids = await add(client, stream, [b"%03d" % n for n in range(300)])
        await client.xgroup_create(stream, "others", "0")
        await client.xreadgroup("others", "slow", {stream: ">"}, count=200)
        await client.xack(stream, "others", *ids[:120], *ids[150:200])
        async with polling(settings):
            await settled(client, settings, stream)
            await _until_first(client, stream, ids[120])
            await client.xack(stream, "others", *ids[120:150])
            await _until_first(client, stream, ids[199])
        left = [entry[0] for entry in await client.xrange(stream)]
    assert left == ids[199:], "what the other group has not read yet"


async def _until_first(client: Any, stream: str, wanted: bytes) -> None:
    for _ in range(400):
        first = (await client.xrange(stream, count=1))[0][0]
        assert int(first.split(b"-")[0]) <= int(wanted.split(b"-")[0])
        if first == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{first!r} is still there")


async def test_entries_deleted_before_they_were_acknowledged_are_counted_and_said(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str
) -> None:
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[stream])
    group = settings.topic_prefix + "aiops-consumers"
    async with valkey.client() as client:
        ids = await add(client, stream, [b"%d" % n for n in range(10)])
        await client.xgroup_create(stream, group, "0")
        await client.xreadgroup(group, "consumer-1", {stream: ">"})
        await client.xdel(stream, *ids[:4])
        with capture_logs() as said:
            async with polling(settings):
                await settled(client, settings, stream)
    (gone,) = [event for event in said if event["event"] == "stream_entries_gone"]
    assert gone["entries"] == 4
    assert lines_once(await arrived(settings)) == Counter(b"%d" % n for n in range(4, 10))


async def test_a_stream_made_anew_is_another_one(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, stream: str
) -> None:
    """Also when its ids come again: they may, as producers can choose them."""
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[stream])
    async with valkey.client() as client, polling(settings):
        for name in (b"first", b"second"):
            await client.xadd(stream, {"message": name}, id="1-1")
            await settled(client, settings, stream)
            await client.delete(stream)
            await client.xgroup_destroy(stream, "nobody") if await client.exists(stream) else None
    assert lines_once(await arrived(settings)) == Counter([b"first", b"second"])


async def test_a_full_server_is_still_emptied(
    stack: RunningStack, tmp_path: Path, stream: str
) -> None:
    valkey = await asyncio.to_thread(Valkey, tmp_path / "valkey")
    settings = await bridged(stack, valkey, tmp_path, redis_streams=[stream])
    async with valkey.client() as client:
        await add(client, stream, [b"%03d" % n for n in range(500)])
        await client.config_set("maxmemory", "1mb")
        async with polling(settings):
            await settled(client, settings, stream)
    valkey.kill()
    assert lines_once(await arrived(settings)) == Counter(b"%03d" % n for n in range(500))


@pytest.mark.parametrize("password", ["wrong", ""])
async def test_a_wrong_password_names_the_setting_and_stops_nothing_else(
    stack: RunningStack, valkey: Valkey, tmp_path: Path, password: str
) -> None:
    url = "redis://" + valkey.url.rpartition("@")[2]
    settings = await bridged(stack, valkey, tmp_path, redis_url=url, redis_password=password)
    with capture_logs() as said:
        async with polling(settings) as health:
            await until(lambda: _waits(said) > 0)
            assert health.fault() == ""
    (waits,) = [event for event in said if event["event"] == "stream_waits"]
    assert "refuses our password" in waits["reason"]
    assert "REDIS_PASSWORD" in waits["do"]
    assert json.dumps(said, default=str).count("wrong") == 0
