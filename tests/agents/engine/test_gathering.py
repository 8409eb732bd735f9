"""What is gathered leaves in pieces that are never large; what cannot be written is said."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from faust.types import TP
from pydantic import SecretStr

from agents.app import ForeshockApp, create_app
from agents.engine import gathering
from agents.engine.gathering import Gathering, Sizes
from schemas.settings import Settings
from tests.connectors.sources.support import until

_NOWHERE = "127.0.0.1:1"


def _app(
    directory: Path, monkeypatch: pytest.MonkeyPatch, settled: list[tuple[TP, int]]
) -> ForeshockApp:
    """One that is not started, and notes what is settled."""
    consumer = SimpleNamespace(settle=lambda tp, offset: settled.append((tp, offset)))
    monkeypatch.setattr(ForeshockApp, "exact_consumer", consumer)
    settings = Settings(
        data_dir=directory,
        kafka_bootstrap_servers=_NOWHERE,
        database_url=SecretStr(f"postgresql://{_NOWHERE}/x"),
    )
    return create_app(settings, "persist")


async def test_a_database_that_answers_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[tuple[TP, int]] = []
    app, answer = _app(tmp_path, monkeypatch, settled), asyncio.Event()
    monkeypatch.setattr(gathering, "_LONG_SECONDS", 0.05)

    async def flush(_items: list[str]) -> None:
        await answer.wait()

    gathered = Gathering(app, flush, Sizes(busy=1, full=1, held=9))
    (hindrance,) = app.hindrances
    task = asyncio.create_task(gathered.flush_forever())
    await gathered.add(["x"], (TP("t", 0), 7), 1)
    assert hindrance() == ""
    await until(lambda: hindrance() != "")
    assert hindrance().startswith("Postgres takes nothing")
    answer.set()
    await until(lambda: bool(settled))
    assert settled == [(TP("t", 0), 7)]
    assert hindrance() == ""
    task.cancel()


async def test_no_flush_takes_all_that_waited_for_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[tuple[TP, int]] = []
    app, answer, flushed = _app(tmp_path, monkeypatch, settled), asyncio.Event(), list[int]()

    async def flush(items: list[str]) -> None:
        flushed.append(len(items))
        await answer.wait()

    gathered = Gathering(app, flush, Sizes(busy=99, full=10, held=30))
    task = asyncio.create_task(gathered.flush_forever())
    tp = TP("t", 0)
    for offset in range(8):  # the first flush has all of them
        await gathered.add(["x"], (tp, offset), 1)
    await until(lambda: flushed == [8])
    for offset in range(8, 18):
        await gathered.add(["x"] * 3, (tp, offset), 3)
    full = asyncio.create_task(gathered.add(["x"] * 3, (tp, 18), 3))
    await asyncio.sleep(0.01)
    assert not full.done()
    answer.set()
    await until(lambda: len(settled) == 19)
    await full
    assert settled == [(tp, offset) for offset in range(19)]
    assert flushed == [8, 12, 12, 9]
    task.cancel()
