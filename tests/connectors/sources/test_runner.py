"""The pollers together: found by scan, supervised one by one, and honest about why they stand."""

import asyncio
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.runner import Health, run_pollers
from connectors.sources.registry import wanted_sources
from schemas.settings import load
from tests.connectors.sources.support import arrived, fresh, lines_of, until
from tests.stack import RunningStack


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({}, []),
        ({"file_sources": ["/var/log"]}, ["filetail"]),
        ({"file_sources": ["a"], "journald": True}, ["filetail", "journald"]),
        ({"redis_url": "redis://h/0"}, ["redis_mirror", "redis_streams"]),
        ({"redis_host": "h", "redis_streams": []}, ["redis_mirror"]),
        ({"redis_url": "redis://h/0", "redis_enabled": False}, []),
    ],
)
def test_the_settings_say_what_is_polled(chosen: dict[str, object], names: list[str]) -> None:
    settings = load(_env_file=None, **chosen)
    assert [source.name for source in wanted_sources(settings)] == names


async def test_a_broker_that_is_missing_makes_the_pollers_not_ready(tmp_path: Path) -> None:
    settings = load(
        kafka_bootstrap_servers="127.0.0.1:1", data_dir=tmp_path, file_sources=[str(tmp_path)]
    )
    health = Health()
    task = asyncio.create_task(run_pollers(settings, health))
    await until(lambda: "127.0.0.1:1" in health.fault())
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.stack
async def test_a_source_that_this_machine_lacks_does_not_stop_the_others(
    stack: RunningStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "app.log"
    log.write_bytes(b"one\n")
    monkeypatch.setenv("PATH", "/nowhere")
    settings = await fresh(stack, tmp_path / "data", file_sources=[str(log)], journald=True)
    health = Health()
    task = asyncio.create_task(run_pollers(settings, health))
    await until(lambda: health.fault() == "")
    await asyncio.sleep(0.5)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert lines_of(await arrived(settings)) == Counter([b"one"])
