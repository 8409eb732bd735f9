"""Ten minutes (or 90 seconds) of load while processes die; afterwards the books balance.

kill -9 hits ingest, persist, pollers, the ingest command, Kafka, Postgres and Valkey. What the
ledger says was parsed, per source, must be what the generators were told was accepted: 0 missing,
0 doubled.
"""

import asyncio
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.instance import connected, read_instance
from connectors.ledger import draw_up
from schemas.ledger import Ledger
from schemas.settings import Settings, child_environment, load
from tests.chaos import generators
from tests.chaos.generators import Commands

_VICTIMS = ("ingest-1", "persist-1", "pollers", "command", "kafka", "postgres", "valkey")
_DRAIN_SECONDS = 240.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Any user may cross it: Postgres runs as nobody when we are root."""
    with tempfile.TemporaryDirectory(prefix="foreshock-chaos-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def instance(folder: Path) -> Iterator[Settings]:
    """A whole instance of its own, as `foreshock up --detach` starts it."""
    data = folder / "data"
    (folder / "logs").mkdir()
    command = [sys.executable, "-m", "connectors.cli", "--data", str(data)]
    environment = child_environment(
        FILE_SOURCES=f"{folder}/logs/*.log",
        FORESHOCK_FSYNC="false",
        TOPIC_PARTITIONS="4",
        CONSUMER_CLAIM_SECONDS="2",
        CONSUMER_CLAIM_IDLE_SECONDS="6",
    )
    subprocess.run([*command, "up", "--detach"], check=True, env=environment, timeout=180)
    try:
        yield connected(load(data_dir=data, topic_partitions=4))
    finally:
        subprocess.run([*command, "down"], check=True, env=environment, timeout=120)


async def kill_around(
    settings: Settings, commands: Commands, until: float, pause: float
) -> Counter[str]:
    """Each victim in turn, then at random; returns how often each died."""
    deaths: Counter[str] = Counter()
    chance = random.Random(7)
    for round_ in itertools.count():
        await asyncio.sleep(pause)
        if time.monotonic() >= until:
            return deaths
        in_turn = round_ < len(_VICTIMS)
        victim = _VICTIMS[round_] if in_turn else chance.choice(_VICTIMS)
        deaths[victim] += await _kill(settings, commands, victim)
    return deaths


async def _kill(settings: Settings, commands: Commands, victim: str) -> bool:
    for _ in range(200):
        if victim == "command":
            if commands.kill():
                return True
        else:
            instance = read_instance(settings.data_dir)
            parts = instance.parts if instance else []
            for part in parts:
                if part.name == victim and part.process is not None:
                    os.kill(part.process.pid, signal.SIGKILL)
                    return True
        await asyncio.sleep(0.05)
    return False


async def load_and_kill(
    settings: Settings, folder: Path, seconds: float
) -> tuple[Counter[str], Counter[str]]:
    """What was accepted by source, and who died how often."""
    told: Counter[str] = Counter()
    until = time.monotonic() + seconds
    commands = Commands()
    log = folder / "logs" / "service.log"
    pause = max(8.0, seconds / 50) if seconds > 200 else seconds / (len(_VICTIMS) + 1.5)
    deaths, *_ = await asyncio.gather(
        kill_around(settings, commands, until, pause),
        generators.batches(settings, until, told),
        generators.single_lines(settings, until, told),
        generators.ingest_commands(settings, folder, until, told, commands),
        generators.growing_file(log, until, told),
        generators.stream_entries(settings, until, told),
    )
    return told, deaths


async def drained(settings: Settings, told: Counter[str]) -> Ledger:
    """The ledger once everything told is parsed and nothing is in flight, or time is up."""
    until = time.monotonic() + _DRAIN_SECONDS
    while True:
        ledger = await draw_up(settings)
        parsed = {line.source: line.parsed for line in ledger.sources}
        if (ledger.in_flight == 0 and parsed == told) or time.monotonic() > until:
            return ledger
        await asyncio.sleep(1)


def last_words(settings: Settings) -> str:
    """The end of each part's log, to see who stands still."""
    logs = sorted((settings.data_dir / "logs").glob("*.log"))
    return "\n".join(f"== {path.name}\n{path.read_text()[-4000:]}" for path in logs)


@pytest.mark.chaos
@pytest.mark.timeout(3000)
def test_the_books_balance_whoever_dies(
    instance: Settings, folder: Path, chaos_seconds: int
) -> None:
    told, deaths = asyncio.run(load_and_kill(instance, folder, chaos_seconds))
    assert all(deaths[victim] for victim in _VICTIMS), deaths
    ledger = asyncio.run(drained(instance, told))
    assert ledger.in_flight == 0, last_words(instance)
    assert {line.source: line.parsed for line in ledger.sources} == told
    assert ledger.balanced, ledger.faults
