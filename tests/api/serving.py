"""The real API process for a test, on the broker of the test's stack."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.embedded.ports import remembered_port
from connectors.first_admin import FirstLogin, first_login
from connectors.instance import base_url, key_file
from connectors.kafka import client_options, topic_name
from schemas.headers import text
from schemas.logs import LogBatch, decode_batch
from schemas.metrics import MetricBatch, decode_metrics
from schemas.roles import Role
from schemas.settings import Settings, as_environment, child_environment
from schemas.topics import LOGS_RAW, METRICS_RAW, Topic
from tests.looking import looking

_ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Served:
    """A running API: how to reach it, and as whom."""

    settings: Settings
    url: str
    pid: int
    tokens: dict[Role, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return key_file(self.settings.data_dir).read_text().strip()

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it wrote so far."""
        lines = (self.settings.data_dir / "api.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def producer(self, **headers: str | bytes) -> httpx.Client:
        """With the key of a producer."""
        return self._open(b"X-API-Key", self.key, headers)

    def client(self, **headers: str | bytes) -> httpx.Client:
        """As the first admin, who may do everything but what producers do."""
        if Role.ADMIN not in self.tokens:
            login = self._first_login()
            self.tokens[Role.ADMIN] = self.log_in(login.username, login.password)["access_token"]
        return self.with_token(self.tokens[Role.ADMIN], **headers)

    def as_role(self, role: Role, **headers: str | bytes) -> httpx.Client:
        """As a user of this role, made when first asked for."""
        if role not in self.tokens:
            asked = {"username": f"a-{role}", "password": f"as a {role} I log in", "role": role}
            with self.client() as admin:
                made = admin.post("/api/v1/users", json=asked)
            assert made.status_code in (201, 409), made.text  # 409: its session has ended
            found = self.log_in(asked["username"], asked["password"])
            self.tokens[role] = found["access_token"]
        return self.with_token(self.tokens[role], **headers)

    def with_token(self, token: str, **headers: str | bytes) -> httpx.Client:
        """As whom an access token says."""
        return self._open(b"Authorization", f"Bearer {token}", headers)

    def anyone(self, **headers: str | bytes) -> httpx.Client:
        """Without credentials."""
        return self._open(b"X-Nothing", "", headers)

    def log_in(self, username: str, password: str) -> dict[str, Any]:
        """What a login answers: tokens and user."""
        asked = {"username": username, "password": password}
        with self.anyone() as client:
            answer = client.post("/api/v1/auth/login", json=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def _open(self, name: bytes, value: str, headers: Mapping[str, str | bytes]) -> httpx.Client:
        sent = [(one.encode(), _bytes(text)) for one, text in headers.items()]
        sent.append((name, value.encode()))
        return httpx.Client(base_url=self.url, headers=sent, timeout=60, verify=False)

    def _first_login(self) -> FirstLogin:
        """Made by the API soon after its start."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while (login := first_login(self.settings.data_dir)) is None:
            assert time.monotonic() < until, self.log[-20:]
            time.sleep(0.05)
        return login

    def wait_well(self) -> None:
        """Until nothing that it needs is down."""
        self._until(lambda: self.down() == [])

    def wait_down(self, *names: str) -> None:
        """Until exactly these are down."""
        self._until(lambda: self.down() == sorted(names))

    def wait_answer(self) -> None:
        """Until it answers at all."""
        self._until(lambda: self.down() is not None)

    def down(self) -> list[str] | None:
        """What is down, as its health says; None while it does not answer."""
        try:
            report = looking.get(f"{self.url}/health").json()
        except httpx.TransportError:
            return None
        return sorted(name for name, word in report["checks"].items() if word == "down")

    def _until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < until, f"{self.down()}: {self.log[-20:]}"
            time.sleep(_LOOK_SECONDS)


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


@contextmanager
def serving(settings: Settings, *, ready: bool = True) -> Iterator[Served]:
    """`python -m api` while the block runs; stopped at its end, as the supervisor does.

    Nobody's actions are limited, unless the settings say how many there may be. With `ready` it
    begins when nothing is down, else when it answers.
    """
    port = remembered_port(settings.data_dir / "ports.json", "api")
    update: dict[str, Any] = {"api_port": port}
    if "rate_limit_per_minute" not in settings.model_fields_set:
        update["rate_limit_per_minute"] = 0
    own = settings.model_copy(update=update)
    with (settings.data_dir / "api.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api"],
            env=child_environment(**(as_environment(own) | {"API_PORT": str(port)})),
            cwd=_ROOT,
            stdout=log,
            stderr=log,
        )
    served = Served(own, base_url(own.api_host, port), process.pid)
    try:
        served.wait_well() if ready else served.wait_answer()
        yield served
    finally:
        process.terminate()
        process.wait(40)


@dataclass(frozen=True)
class Arrived:
    """One record as it lies in its topic."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]

    def header(self, name: str) -> str | None:
        return text(self.headers, name)


async def records(settings: Settings, topic: Topic) -> list[Arrived]:
    """Every record of a topic."""
    consumer = AIOKafkaConsumer(
        **client_options(settings), auto_offset_reset="earliest", max_partition_fetch_bytes=8 << 20
    )
    await consumer.start()
    try:
        count = settings.topic_partitions if topic.partitions is None else topic.partitions
        partitions = [TopicPartition(topic_name(settings, topic), n) for n in range(count)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Arrived] = []
        while any([await consumer.position(part) < ends[part] for part in partitions]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += [Arrived(m.key, m.value, list(m.headers)) for m in messages]
        return found
    finally:
        await consumer.stop()


async def log_batches(settings: Settings) -> list[LogBatch]:
    """What is on logs.raw."""
    return [decode_batch(record.value) for record in await records(settings, LOGS_RAW)]


async def metric_batches(settings: Settings) -> list[MetricBatch]:
    """What is on metrics.raw."""
    return [decode_metrics(record.value) for record in await records(settings, METRICS_RAW)]


async def lines(settings: Settings) -> list[bytes]:
    """Every line on logs.raw, sorted."""
    return sorted(line for batch in await log_batches(settings) for line in batch.lines)
