"""Kafka, Postgres and Valkey for real.

Two instances side by side, killed, restarted, their data kept.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from connectors.embedded.processes import Identity, identify, is_alive
from connectors.instance import Instance, PartState, read_instance
from tests.stack import influxd

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("servers")]

INFLUXD = influxd()
SERVERS = """
import sys
from pathlib import Path
from connectors.embedded.stack import run, servers
from schemas.errors import UserError
from schemas.settings import load
settings = load(
    data_dir=Path(sys.argv[1]), fsync=False, _env_file=None, influxdb_enabled=len(sys.argv) > 2,
    influxd_binary=sys.argv[2] if len(sys.argv) > 2 else None,
)
ready = lambda _: sys.stdout.write("ready\\n") and sys.stdout.flush()
try:
    run(settings, ready, lambda *_: None, servers)
except UserError as error:
    sys.exit(str(error))
"""


class Servers:
    """A supervisor of the servers, in a process of its own; of InfluxDB where there is one."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-c", SERVERS, str(self.data_dir)]
        command += [str(INFLUXD)] if INFLUXD else []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def await_ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        said = self.process.stdout.readline()
        assert said == b"ready\n", self.process.stderr.read().decode() + self.last_words()

    def last_words(self) -> str:
        """The end of each part's log, for the one who has to find out."""
        logs = sorted((self.data_dir / "logs").glob("*.log"))
        return "".join(f"\n== {path.name}\n{path.read_text()[-1500:]}" for path in logs)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode

    @property
    def instance(self) -> Instance:
        instance = read_instance(self.data_dir)
        assert instance is not None
        return instance

    def part(self, name: str) -> PartState:
        return next(state for state in self.instance.parts if state.name == name)

    def kill_part(self, name: str) -> None:
        """Returns when it is ready again, in another process."""
        before = self.part(name).process
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)
        until(lambda: self.part(name).process not in (None, before) and self.part(name).ready)

    def processes(self) -> list[Identity]:
        """Everything below the supervisor."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [found for child in below if (found := identify(child.pid))]


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Servers, Servers]]:
    """Two instances, started at the same time."""
    # Anybody may cross it, unlike pytest's.
    top = Path(tempfile.gettempdir()) / f"foreshock-servers-{os.getpid()}"
    top.mkdir(mode=0o755)
    both = Servers(top / "one"), Servers(top / "two")
    for servers in both:
        servers.await_ready()
    yield both
    for servers in both:
        if servers.process.poll() is None:
            servers.end(signal.SIGTERM)
    shutil.rmtree(top)


async def topics(bootstrap: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()


async def publish(bootstrap: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait("kept", value)
    await producer.stop()


async def published(bootstrap: str) -> bytes:
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 10)
        return bytes(record.value)
    finally:
        await consumer.stop()


def test_two_instances_run_side_by_side(pair: tuple[Servers, Servers]) -> None:
    one, two = (servers.instance for servers in pair)
    assert one.kafka != two.kafka
    assert one.postgres != two.postgres
    assert one.redis != two.redis
    for instance in (one, two):
        assert instance.kafka.startswith("127.0.0.1:")
        with psycopg.connect(instance.postgres) as connection:
            assert connection.execute("SHOW server_version").fetchone() is not None
        with redis.Redis.from_url(instance.redis) as client:
            assert client.config_get("appendfsync", "save", "maxmemory-policy", "bind") == {
                "appendfsync": "no",  # these tests need no disk; `up` says everysec
                "save": "",
                "maxmemory-policy": "noeviction",
                "bind": "127.0.0.1",
            }


def test_a_second_start_in_one_directory_is_refused(pair: tuple[Servers, Servers]) -> None:
    second = Servers(pair[0].data_dir)
    _, said = second.process.communicate(timeout=60)
    assert second.process.returncode == 1
    assert f"is in use by pid {pair[0].process.pid}" in said.decode()


def test_nobody_enters_the_database_without_the_password(pair: tuple[Servers, Servers]) -> None:
    guessed = psycopg.conninfo.make_conninfo(pair[0].instance.postgres, password="guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(guessed)
    with psycopg.connect(pair[0].instance.postgres) as connection:
        rules = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        sockets = connection.execute("SHOW unix_socket_directories").fetchone()
    assert rules == [("scram-sha-256",)]
    assert sockets == ("",)


@pytest.mark.parametrize("login", ["", ":guessed@"])
def test_nobody_enters_redis_without_the_password(
    pair: tuple[Servers, Servers], login: str
) -> None:
    server = pair[0].instance.redis.rpartition("@")[2]
    with (
        redis.Redis.from_url(f"redis://{login}{server}") as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_secrets_are_in_no_process_list_and_closed_files(pair: tuple[Servers, Servers]) -> None:
    secrets = ["postgres.password", "valkey/password"]
    secrets += ["influxdb.password", "influxdb.token"] if INFLUXD else []
    lines = [" ".join(psutil.Process(one.pid).cmdline()) for one in pair[0].processes()]
    for name in secrets:
        secret = (pair[0].data_dir / name).read_text()
        assert not any(secret in line for line in lines)
    for name in (*secrets, "instance.json", "valkey/valkey.conf"):
        assert (pair[0].data_dir / name).stat().st_mode & 0o777 == 0o600


def test_kill_9_of_a_server_loses_nothing(pair: tuple[Servers, Servers]) -> None:
    servers = pair[0]
    asyncio.run(publish(servers.instance.kafka, b"still here"))
    with psycopg.connect(servers.instance.postgres, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'still here' AS text")
    with redis.Redis.from_url(servers.instance.redis) as client:
        client.xadd("kept", {"text": "still here"})
    before = servers.instance
    servers.kill_part("kafka")
    servers.kill_part("postgres")
    servers.kill_part("valkey")
    assert (servers.instance.kafka, servers.instance.postgres) == (before.kafka, before.postgres)
    assert [servers.part(name).restarts for name in ("kafka", "postgres", "valkey")] == [1, 1, 1]
    assert asyncio.run(published(before.kafka)) == b"still here"
    with psycopg.connect(before.postgres) as connection:
        assert connection.execute("SELECT text FROM kept").fetchone() == ("still here",)
    with redis.Redis.from_url(before.redis) as client:
        ((_, fields),) = client.xrange("kept")
    assert fields == {b"text": b"still here"}


@pytest.mark.skipif(INFLUXD is None, reason="no influxd: set INFLUXD_BINARY, or put one on PATH")
def test_influxdb_asks_for_its_token_and_keeps_what_it_took_after_kill_9(
    pair: tuple[Servers, Servers],
) -> None:
    servers = pair[0]
    before = servers.instance
    assert before.influxdb.startswith("http://127.0.0.1:")
    bucket = {"org": "aiops", "bucket": "telemetry"}
    line = "system_metrics,host=a kept=1"
    with httpx.Client(base_url=before.influxdb) as client:
        assert client.post("/api/v2/write", params=bucket, content=line).status_code == 401
        client.headers["Authorization"] = f"Token {before.influxdb_token}"
        assert client.post("/api/v2/write", params=bucket, content=line).status_code == 204
        servers.kill_part("influxdb")
        assert servers.instance.influxdb == before.influxdb
        query = 'from(bucket: "telemetry") |> range(start: -1h)'
        answer = client.post("/api/v2/query", params={"org": "aiops"}, json={"query": query})
    assert ",kept,system_metrics,a" in answer.text


def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_start_goes_on(
    pair: tuple[Servers, Servers],
) -> None:
    servers = pair[1]
    before, processes = servers.instance, servers.processes()
    assert len(processes) > 2
    asyncio.run(publish(before.kafka, b"still here"))
    servers.end(signal.SIGKILL)
    until(lambda: not any(map(is_alive, processes)), 10.0)
    assert not servers.instance.supervised
    servers.start()
    servers.await_ready()
    assert (servers.instance.kafka, servers.instance.postgres) == (before.kafka, before.postgres)
    assert asyncio.run(published(before.kafka)) == b"still here"


def test_an_interrupt_stops_everything_in_order(pair: tuple[Servers, Servers]) -> None:
    servers = pair[1]
    processes = servers.processes()
    assert servers.end(signal.SIGINT) == 0
    assert not any(map(is_alive, processes))
    assert read_instance(servers.data_dir) is None
    events = (servers.data_dir / "logs" / "supervisor.log").read_text().splitlines()
    assert json.loads(events[-1])["event"] == "stopped"
