"""Ten minutes (or 90 seconds) of load while processes die; afterwards everything is as if none had.

kill -9 hits every process of ours, the ingest command, Kafka, Postgres and Valkey. What the ledger
says was parsed, per source, must be what the generators were told was accepted: 0 missing, 0
doubled. Every accepted point is in history once. Baselines, signals and alerts are those of the
same input without a death.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.instance import connected
from connectors.ledger import draw_up
from schemas.ledger import Ledger
from schemas.settings import Settings, child_environment, load
from schemas.signals import Signal
from schemas.topics import GAUGES_STATE, LOG_ENTRIES, METRICS_RAW, RATES_STATE, Topic
from tests.agents.correlation.signals import Stage
from tests.chaos import generators, troubles
from tests.chaos.storm import Storm
from tests.flows.alerting import in_postgres
from tests.flows.detecting import States, gauges_of, kept_states, rates_of, records, signals_of
from tests.flows.points import Kept, kept, metric_books

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
        INFLUXDB_ENABLED="false",
        CONSUMER_CLAIM_SECONDS="2",
        CONSUMER_CLAIM_IDLE_SECONDS="6",
    )
    subprocess.run([*command, "up", "--detach"], check=True, env=environment, timeout=180)
    try:
        yield connected(load(data_dir=data, topic_partitions=4))
    finally:
        subprocess.run([*command, "down"], check=True, env=environment, timeout=120)


async def load_and_kill(
    settings: Settings, folder: Path, seconds: float
) -> tuple[Counter[str], Kept]:
    """What was accepted: lines by source, and points."""
    told: Counter[str] = Counter()
    points: Kept = {}
    await troubles.publish_past(settings, told, points)
    storm = Storm(settings, seconds)
    log = folder / "logs" / "service.log"
    await asyncio.gather(
        storm.rage(),
        generators.batches(settings, storm, told),
        generators.single_lines(settings, storm, told),
        generators.ingest_commands(settings, folder, storm, told),
        generators.growing_file(log, storm, told),
        generators.stream_entries(settings, storm, told),
        troubles.probes(settings, storm, points),
        troubles.boxes(settings, storm, points),
        troubles.shops(settings, storm, told),
    )
    return told, points


async def drained(settings: Settings, told: Counter[str]) -> Ledger:
    """The ledger once everything told is parsed and nothing is in flight, or time is up."""
    until = time.monotonic() + _DRAIN_SECONDS
    while True:
        ledger = await draw_up(settings)
        parsed = {line.source: line.parsed for line in ledger.sources}
        if (ledger.in_flight == 0 and parsed == told) or time.monotonic() > until:
            return ledger
        await asyncio.sleep(1)


def eventually(settings: Settings, topic: Topic, truth: States) -> None:
    """Waits until the checkpoints of a topic are these states."""
    until = time.monotonic() + _DRAIN_SECONDS
    while (found := asyncio.run(kept_states(settings, topic))) != truth:
        differ = {key for key in found.keys() | truth if found.get(key) != truth.get(key)}
        assert time.monotonic() < until, f"{sorted(differ)}\n{last_words(settings)}"
        time.sleep(1)


def check_points(settings: Settings, ledger: Ledger, points: Kept) -> None:
    """Every accepted point is in history once, with the value that was sent last."""
    found = kept(settings)
    assert found.keys() == points.keys()
    wrong = {key: (found[key], value) for key, value in points.items() if found[key] != value}
    assert not wrong
    books = metric_books(ledger)
    for source, host in (("probes", "probe-"), ("boxes", "box-")):
        assert books[source].stored == sum(of.startswith(host) for of, _, _ in points)


def check_learning(settings: Settings) -> None:
    """Baselines and signals are those of one worker that read the same without dying."""
    gauges, anomalies = gauges_of(asyncio.run(records(settings, METRICS_RAW)))
    eventually(settings, GAUGES_STATE, gauges)
    rates, changes = rates_of(asyncio.run(records(settings, LOG_ENTRIES)))
    eventually(settings, RATES_STATE, rates)
    said = asyncio.run(first_signals(settings))
    found = {key: signal for key, signal in said.items() if signal.kind == "anomaly"}
    assert found == {(s.id, s.version): s for s in anomalies}
    assert {key for key in said if key not in found} == {(s.id, s.version) for s in changes}
    assert {"anomaly", "new_pattern"} <= {signal.kind for signal in said.values()}


async def first_signals(settings: Settings) -> dict[tuple[str, int], Signal]:
    """Each version as it was said first. How a pattern is worded may have changed since."""
    found: dict[tuple[str, int], Signal] = {}
    for record in await signals_of(settings):
        signal = Signal.model_validate_json(record.value)
        found.setdefault((signal.id, signal.version), signal)
    return found


def check_alerts(settings: Settings, ledger: Ledger) -> None:
    """Alerts are those that the signals, each taken once, make without a worker that dies."""
    wanted = Stage()
    seen: set[tuple[str, int]] = set()
    for record in asyncio.run(signals_of(settings)):
        signal = Signal.model_validate_json(record.value)
        if (signal.id, signal.version) not in seen:
            seen.add((signal.id, signal.version))
            wanted.take(signal, datetime.fromtimestamp(record.arrival / 1000, UTC))
    assert in_postgres(settings) == wanted.newest()
    assert ledger.alerts.stored == len(wanted.published)
    assert any(alert.severity.pages for alert in wanted.published)


def last_words(settings: Settings) -> str:
    """The end of each part's log, to see who stands still."""
    logs = sorted((settings.data_dir / "logs").glob("*.log"))
    return "\n".join(f"== {path.name}\n{path.read_text()[-4000:]}" for path in logs)


@pytest.mark.chaos
@pytest.mark.timeout(3000)
def test_the_books_balance_whoever_dies(
    instance: Settings, folder: Path, chaos_seconds: int
) -> None:
    told, points = asyncio.run(load_and_kill(instance, folder, chaos_seconds))
    ledger = asyncio.run(drained(instance, told))
    assert ledger.in_flight == 0, last_words(instance)
    assert {line.source: line.parsed for line in ledger.sources} == told
    assert ledger.balanced, ledger.faults
    check_points(instance, ledger, points)
    check_learning(instance)
    ledger = asyncio.run(drained(instance, told))
    assert ledger.balanced, ledger.faults
    check_alerts(instance, ledger)
