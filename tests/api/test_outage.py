"""Without the broker: 503, said soon, and nothing lost of what was 202."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from connectors.instance import read_instance
from connectors.stores.migrate import migrate
from connectors.topics import ensure_topics
from schemas.settings import Settings, load
from tests.api.listening import alert, listening, publish, receive, titles, until_kind
from tests.api.serving import Served, lines, serving
from tests.api.test_refusals import problem
from tests.bench.servers import running_servers
from tests.connectors.sources.support import fresh, until
from tests.disks import embedded_broker
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def own_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A broker that may be stopped."""
    directory = tmp_path_factory.mktemp("own")
    for parent in (directory, *directory.parents[:3]):
        parent.chmod(0o755)  # the database of root runs as another user
    with running_servers(directory) as settings:
        yield settings


def broker_of(settings: Settings) -> int:
    """The pid of the embedded broker now."""
    instance = read_instance(settings.data_dir)
    assert instance is not None
    state = next(part for part in instance.parts if part.name == "kafka")
    assert state.process is not None
    return state.process.pid


def ready_again(settings: Settings, killed: int) -> bool:
    """Whether another broker runs in the place of the one with this pid."""
    instance = read_instance(settings.data_dir)
    assert instance is not None
    state = next(part for part in instance.parts if part.name == "kafka")
    return state.ready and state.process is not None and state.process.pid != killed


@dataclass
class Sender:
    """Sends one numbered line after the other until told to stop."""

    api: Served
    accepted: list[bytes] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        number = 0
        with self.api.producer() as client:
            while not self.done.is_set():
                line = b"line %d" % (number := number + 1)
                answer = client.post("/webhooks/generic", content=line)
                if answer.status_code == 202:
                    self.accepted.append(line)
                else:
                    self.refused.append(answer)
                    self.done.wait(0.1)


@contextmanager
def sending(api: Served) -> Iterator[Sender]:
    sender = Sender(api)
    thread = threading.Thread(target=sender.run)
    thread.start()
    try:
        yield sender
    finally:
        sender.done.set()
        thread.join()


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_nothing_that_was_202_is_lost(
    own_servers: Settings, tmp_path: Path, how: str
) -> None:
    settings = load(
        data_dir=tmp_path,
        kafka_bootstrap_servers=own_servers.kafka_bootstrap_servers,
        database_url=own_servers.database_url,
        topic_prefix=f"{how}.",
        topic_partitions=2,
        api_ack_seconds=1.0,
        disk_floor_gib=0.05,
        _env_file=None,
    )
    await asyncio.to_thread(ensure_topics, settings)
    with serving(settings) as api, sending(api) as sender:
        await until(lambda: len(sender.accepted) > 50)
        broker = broker_of(own_servers)
        if how == "stopped":
            os.kill(broker, signal.SIGSTOP)
            try:
                await until(lambda: len(sender.refused) > 3)
                api.wait_down("broker")
            finally:
                os.kill(broker, signal.SIGCONT)
        else:
            os.kill(broker, signal.SIGKILL)
            await until(lambda: len(sender.refused) > 3)
        before = len(sender.accepted)
        await until(lambda: len(sender.accepted) > before + 50, 90)
        api.wait_well()
    for answer in sender.refused:
        assert "Kafka" in problem(answer, 503)["detail"]
        assert int(answer.headers["retry-after"]) >= 1
    arrived = await lines(settings)
    assert set(sender.accepted) <= set(arrived)


async def test_who_listens_stays_through_an_outage_and_misses_nothing(
    own_servers: Settings, tmp_path: Path
) -> None:
    """Stopped, the broker says nothing; killed, it is started again by its supervisor."""
    settings = load(
        data_dir=tmp_path,
        kafka_bootstrap_servers=own_servers.kafka_bootstrap_servers,
        database_url=own_servers.database_url,
        topic_prefix="live.",
        disk_floor_gib=0.05,
        _env_file=None,
    )
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    await asyncio.to_thread(ensure_topics, settings)
    with serving(settings) as api:
        broker = broker_of(own_servers)
        async with listening(api) as socket:
            cursor = (await receive(socket))["cursor"]
            await publish(settings, [alert(1), alert(2)])
            assert await titles(socket, 2) == [1, 2]
            os.kill(broker, signal.SIGSTOP)
            try:
                while not (await until_kind(socket, "heartbeat"))["data"]["degraded"]:
                    continue
                async with listening(api, cursor) as late:
                    assert await titles(late, 2) == [1, 2]
            finally:
                os.kill(broker, signal.SIGCONT)
            await publish(settings, [alert(3)])
            assert await titles(socket, 1) == [3]
            os.kill(broker, signal.SIGKILL)
            await until(lambda: ready_again(own_servers, broker))
            await publish(settings, [alert(4)])
            assert await titles(socket, 1) == [4]
        async with listening(api, cursor) as again:
            assert await titles(again, 4) == [1, 2, 3, 4]


def test_no_broker_at_all(tmp_path: Path) -> None:
    settings = load(
        data_dir=tmp_path,
        kafka_bootstrap_servers="127.0.0.1:1",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        _env_file=None,
    )
    with serving(settings, ready=False) as api, api.producer() as client:
        found = problem(client.post("/webhooks/generic", content=b"a"), 503)
        assert "127.0.0.1:1" in found["detail"]
        report = client.get("/health")
        assert report.status_code == 200
        assert report.json()["status"] == "unhealthy"
        assert "127.0.0.1:1" in report.json()["details"]["broker"]["reason"]
        assert client.get("/readiness").status_code == 503


async def test_a_full_disk_refuses_and_says_so(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path)
    full = settings.model_copy(update={"disk_floor_gib": 1e9})
    embedded_broker(full.data_dir)
    with serving(full, ready=False) as api, api.producer() as client:
        await asyncio.to_thread(api.wait_down, "disk")
        for path in ("generic", "telegraf"):
            answer = client.post(f"/webhooks/{path}", content=b"mem used=1 1")
            assert "DISK_FLOOR_GIB" in problem(answer, 503)["detail"]
            assert answer.headers["retry-after"] == "5"
        report = client.get("/readiness")
        assert report.status_code == 200
        assert "DISK_FLOOR_GIB" in report.json()["details"]["disk"]["reason"]
    assert await lines(settings) == []
