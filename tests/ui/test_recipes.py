"""Recipes as they are shown, run by the programs that they are for, against the real API."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.stores.migrate import migrate
from schemas.topics import LOGS_RAW
from tests.api.serving import Served, lines, log_batches, records, serving
from tests.api.test_real_senders import points_of, telegraf
from tests.connectors.sources.support import fresh
from tests.stack import RunningStack
from ui.integrations.recipes import BROKER, RECIPES, Place, wish_of

pytestmark = pytest.mark.stack

PATIENCE_SECONDS = 90.0
SOURCE = 'the "shop" & more/ünï'
INPUTS = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  hostname = "recipe-host"
[[inputs.mem]]
"""


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="foreshock-recipes-") as name:
        settings = asyncio.run(fresh(stack, Path(name)))
        migrate(settings.database_url.get_secret_value())
        with serving(settings) as served:
            yield served


async def run(*command: str | Path, folder: Path) -> bytes:
    """What a program says that has to succeed."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert process.returncode == 0, said
    return said


def place_of(api: Served, name: str) -> Place:
    """With a key as the page makes it."""
    with api.client() as client:
        made = client.post("/api/v1/keys", json=wish_of("", SOURCE, RECIPES[name]))
    assert made.status_code == 201, made.text
    return Place(api.url, SOURCE, made.json()["key"])


async def test_curl(api: Served, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("one line of curl\nanother line of curl\n")
    text = RECIPES["curl"].write(place_of(api, "curl"))
    said = await run("bash", "-ec", text, folder=tmp_path)
    assert said.count(b'"accepted":2') == 2, said
    found = await lines(api.settings)
    assert b"one line of curl" in found
    assert {batch.source for batch in await log_batches(api.settings)} == {SOURCE}
    assert (await points_of(api, "web-1"))["cpu_usage"][0][1] == 93.5


async def test_telegraf(api: Served, tmp_path: Path) -> None:
    config = tmp_path / "telegraf.conf"
    config.write_text(INPUTS + RECIPES["telegraf"].write(place_of(api, "telegraf")))
    with telegraf(config) as log:
        until = time.monotonic() + PATIENCE_SECONDS
        while "memory_used_percent" not in await points_of(api, "recipe-host"):
            assert time.monotonic() < until, log.read_text()[-3000:]
            await asyncio.sleep(0.5)
    assert " E! " not in log.read_text()


async def test_a_kafka_producer(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path)
    text = RECIPES["kafka"].write(Place("", SOURCE, ""))
    text = text.replace(BROKER, settings.kafka_bootstrap_servers)
    program = tmp_path / "producer.py"
    program.write_text(text.replace('"logs.raw"', f'"{settings.topic_prefix}logs.raw"'))
    await run(sys.executable, program, folder=tmp_path)
    (record,) = await records(settings, LOGS_RAW)
    assert record.value == b'{"level": "error", "message": "disk full", "host": "web-1"}\n'
    assert record.header("source") == SOURCE
