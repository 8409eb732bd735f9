"""What is gathered and cannot be written is said, and no longer when it was."""

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


async def test_a_database_that_answers_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[tuple[TP, int]] = []
    consumer = SimpleNamespace(settle=lambda tp, offset: settled.append((tp, offset)))
    monkeypatch.setattr(ForeshockApp, "exact_consumer", consumer)
    monkeypatch.setattr(gathering, "_LONG_SECONDS", 0.05)
    settings = Settings(
        data_dir=tmp_path,
        kafka_bootstrap_servers=_NOWHERE,
        database_url=SecretStr(f"postgresql://{_NOWHERE}/x"),
    )
    app, answer = create_app(settings, "persist"), asyncio.Event()

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
