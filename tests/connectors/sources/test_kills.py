"""kill -9 of the real processes at random instants: nothing lost, nothing counted twice."""

import asyncio
import json
import random
import signal
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from schemas.settings import Settings
from tests.connectors.sources.support import (
    arrived,
    assert_every_byte_once,
    by_fingerprint,
    fresh,
    lines_of,
    start,
    truth,
    until,
)
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

KILLS = 3


def taken(settings: Settings) -> int:
    """Bytes planned so far, of all files together, as the edge's book has it."""
    path = settings.data_dir / "edges.sqlite"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as book:
        try:
            return int(book.execute("SELECT total(taken) FROM origins").fetchone()[0])
        except sqlite3.OperationalError:  # just being made
            return 0


async def kill_while_it_works(
    process: subprocess.Popen[bytes], settings: Settings, seconds: float
) -> None:
    """Some time after it has begun to send, not before."""
    before = taken(settings)
    await until(lambda: taken(settings) > before or process.poll() is not None)
    await asyncio.sleep(random.uniform(0, seconds))
    process.kill()
    await asyncio.to_thread(process.communicate)


async def test_ingest_killed_at_any_instant_and_run_again(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "big.log"
    data = b"".join(b"%08d a line of middling length, as they are\n" % n for n in range(500_000))
    path.write_bytes(data)
    command = ("connectors.cli", "ingest", str(path), "--source", "big", "--json")
    for _ in range(KILLS):
        await kill_while_it_works(start(settings, *command), settings, 0.05)
    assert taken(settings) < len(data), "all was sent before the last kill"
    last = start(settings, *command)
    out, _ = await asyncio.to_thread(last.communicate)
    records = await arrived(settings)
    assert last.returncode == 0
    assert_every_byte_once(records, len(data))
    assert lines_of(records) == truth(data)
    assert json.loads(out)["lines"] < 500_000, "the last run began anew"


async def test_an_interrupted_ingest_goes_on(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "big.log"
    data = b"".join(b"%08d another line\n" % n for n in range(1_500_000))
    path.write_bytes(data)
    command = ("connectors.cli", "ingest", str(path), "--json")
    first = start(settings, *command)
    await until(lambda: taken(settings) > 0)
    first.send_signal(signal.SIGINT)
    out, _ = await asyncio.to_thread(first.communicate)
    done = json.loads(out)["lines"]
    assert first.returncode == 130
    second = start(settings, *command)
    out, _ = await asyncio.to_thread(second.communicate)
    records = await arrived(settings)
    assert_every_byte_once(records, len(data))
    assert json.loads(out)["lines"] == 1_500_000 - done


async def test_the_poller_killed_at_any_instant_while_files_grow_and_rotate(
    stack: RunningStack, tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "app.log"
    log.parent.mkdir()
    settings = await fresh(stack, tmp_path / "data", file_sources=[str(log)])
    writer = asyncio.create_task(_write(log, settings))
    while not writer.done():
        await kill_while_it_works(start(settings, "connectors"), settings, 0.8)
    with log.open("ab") as file:
        file.write(b"something new for the last one\n")
    files = {path: path.read_bytes() for path in log.parent.iterdir()}
    wanted = sum((truth(data) for data in files.values()), Counter[bytes]())
    last = start(settings, "connectors")
    # What is planned when it is told to stop would be sent at the next start.
    deadline = asyncio.get_running_loop().time() + 100
    while lines_of(await arrived(settings)) != wanted:
        assert asyncio.get_running_loop().time() < deadline, "not all has arrived"
        await asyncio.sleep(0.3)
    last.terminate()
    await asyncio.to_thread(last.communicate)
    assert last.returncode == 0
    readings = by_fingerprint(await arrived(settings))
    assert len(readings) == len(files)
    for data in files.values():
        (records,) = [r for r in readings.values() if lines_of(r) == truth(data)]
        assert_every_byte_once(records, len(data))


async def _write(log: Path, settings: Settings) -> None:
    """A program that logs for a while and rotates its file now and then, once it was seen: one
    that came and went while no poller ran is unknown by its new name.
    """
    rotated = 0
    for part in range(110):
        with log.open("ab") as file:
            for n in range(random.randrange(1, 300)):
                file.write(b"part %d line %d\n" % (part, n))
        if part % 45 == 44:
            await until(lambda: taken(settings) > rotated)  # noqa: B023 - awaited here
            rotated += log.stat().st_size
            log.rename(log.with_name(f"app.log.{part}"))
        await asyncio.sleep(0.08)
