"""Real workers for a test: processes of `python -m agents`, gone at its end."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer

from connectors.embedded.health import health
from connectors.embedded.ports import remembered_port
from connectors.kafka import producer_options, topic_name
from connectors.ledger import draw_up
from connectors.publish import batch_headers
from connectors.stores.migrate import migrate
from connectors.topics import ensure_topics
from schemas.headers import Headers
from schemas.ledger import Ledger, SourceLine
from schemas.logs import LogBatch, encode_batch
from schemas.settings import Settings, as_environment, child_environment
from schemas.topics import LOGS_RAW
from tests.stack import RunningStack

ROOT = Path(__file__).parents[1]
_PATIENCE_SECONDS = 120.0


class Workers:
    """Workers of one installation (topic prefix and database). Their log is `log`."""

    def __init__(self, settings: Settings, apps: Sequence[str]) -> None:
        self.settings = settings
        self.log = settings.data_dir / "workers.log"
        self._apps = list(apps)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        for number, app in enumerate(self._apps):
            self.start(f"{app}-{number}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self.running):
            self.kill(name)

    def start(self, name: str) -> None:
        """Start a worker; the part of its name before the dash is its app."""
        port = self.port(name)
        with self.log.open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "agents", name.partition("-")[0]],
                env=child_environment(**as_environment(self.settings), HEALTH_PORT=str(port)),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def port(self, name: str) -> int:
        """Where the worker serves its health and metrics."""
        if name not in self._ports:
            self._ports[name] = remembered_port(self.settings.data_dir / "ports.json", name)
        return self._ports[name]

    def wait_ready(self, *names: str) -> None:
        """Wait until their health pages say that they are ready."""
        for name in names:
            until = time.monotonic() + _PATIENCE_SECONDS
            while asyncio.run(health(self.port(name))):
                assert time.monotonic() < until, self.log.read_text()[-5000:]
                time.sleep(0.1)

    def kill(self, name: str) -> None:
        """kill -9, and wait until it is gone."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> int:
        """SIGTERM; returns the exit code. Fails when it takes longer than the promised 20 s."""
        process = self.running.pop(name)
        process.terminate()
        return process.wait(20)

    def restart_dead(self) -> None:
        """What the supervisor does in the product."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name)


def installation(stack: RunningStack, **overrides: object) -> Settings:
    """Settings of a fresh installation whose tables and topics exist."""
    stack.installations.mkdir(exist_ok=True)
    data = Path(tempfile.mkdtemp(dir=stack.installations))
    settings = stack.settings(data_dir=data, topic_partitions=4, log_level="INFO", **overrides)
    migrate(settings.database_url.get_secret_value())
    ensure_topics(settings)
    return settings


@contextmanager
def running(
    stack: RunningStack, apps: Sequence[str] = ("ingest", "persist"), **overrides: object
) -> Iterator[Workers]:
    """A fresh installation with running workers."""
    with Workers(installation(stack, **overrides), apps) as workers:
        yield workers


def settled(workers: Workers, lines: int, seconds: float = _PATIENCE_SECONDS) -> Ledger:
    """The ledger once `lines` were accepted and nothing is in flight; fails after a while."""
    until = time.monotonic() + seconds
    while True:
        ledger = asyncio.run(draw_up(workers.settings))
        accepted = sum(line.accepted for line in ledger.sources)
        if ledger.in_flight == 0 and accepted >= lines:
            return ledger
        assert time.monotonic() < until, f"{ledger}\n{workers.log.read_text()[-5000:]}"
        workers.restart_dead()
        time.sleep(0.2)


def books(ledger: Ledger) -> dict[str, SourceLine]:
    """The ledger's lines by source."""
    return {line.source: line for line in ledger.sources}


async def publish(settings: Settings, batches: Sequence[LogBatch]) -> None:
    """As an edge of ours does, each batch acknowledged."""
    await produce(
        settings, [(b.source.encode(), encode_batch(b), batch_headers(b, None)) for b in batches]
    )


async def produce(
    settings: Settings, records: Sequence[tuple[bytes | None, bytes, Headers]]
) -> None:
    """Records (key, value, headers) to logs.raw, all acknowledged at the end."""
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    try:
        topic = topic_name(settings, LOGS_RAW)
        pending = [
            await producer.send(topic, value, key=key, headers=found)
            for key, value, found in records
        ]
        await asyncio.gather(*pending)
    finally:
        await producer.stop()
