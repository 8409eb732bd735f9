"""Live updates when things break: replicas, topics, the session, a client that does not read."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from websockets.exceptions import ConnectionClosed

from connectors.kafka import topic_name
from connectors.stores.migrate import migrate
from connectors.topics import ensure_topics
from schemas.roles import Role
from schemas.topics import ALERTS, PATTERNS
from tests.administering import administering
from tests.api.listening import (
    PATIENCE_SECONDS,
    alert,
    listening,
    messages,
    pattern,
    publish,
    publishing,
    receive,
    ticket,
    titles,
    until_closed,
    until_kind,
)
from tests.api.serving import Served, serving
from tests.connectors.sources.support import fresh
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


@contextmanager
def another(first: Served, directory: Path) -> Iterator[Served]:
    """One more process that serves the same installation."""
    own = first.settings.model_copy(update={"data_dir": directory})
    with serving(own) as served:
        served.tokens.update(first.tokens)
        yield served


@pytest.fixture(scope="module")
def replicas(
    stack: RunningStack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Served]]:
    """Two processes that serve one installation."""
    secret = "two replicas sign with the same one"
    directories = [tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")]
    settings = asyncio.run(fresh(stack, directories[0], jwt_secret_key=secret))
    migrate(settings.database_url.get_secret_value())
    with serving(settings) as first:
        first.client().close()  # logs in
        with another(first, directories[1]) as second:
            yield [first, second]


async def test_a_ticket_of_one_replica_opens_another(replicas: list[Served]) -> None:
    used = await asyncio.to_thread(ticket, replicas[0])
    async with listening(replicas[1], used=used) as socket:
        assert (await receive(socket))["kind"] == "heartbeat"
    async with listening(replicas[0], used=used) as socket:
        with pytest.raises(ConnectionClosed, match="4401"):
            await receive(socket)


async def test_every_event_once_and_in_order_through_random_disconnects(
    replicas: list[Served],
) -> None:
    """A client that hops between replicas while alerts come, and patterns between them."""
    dice, count = random.Random(5), 400
    async with listening(replicas[0]) as socket:
        cursor = (await receive(socket))["cursor"]

    async def produce() -> None:
        async with publishing(replicas[0].settings) as producer:
            for number in range(count):
                for topic, record in ((ALERTS, alert(number)), (PATTERNS, pattern(number))):
                    name = topic_name(replicas[0].settings, topic)
                    await producer.send(name, record.model_dump_json().encode(), key=b"key")
                if number % 20 == 0:
                    await producer.flush()
                    await asyncio.sleep(0.02)

    producing = asyncio.create_task(produce())
    alerts: list[int] = []
    patterns: list[int] = []
    while len(alerts) < count or len(patterns) < count:
        left = dice.choice([0, 1, 3, 60, 150])
        async with listening(dice.choice(replicas), cursor) as socket:
            while left and (len(alerts) < count or len(patterns) < count):
                event = await receive(socket)
                assert event["kind"] in ("alert", "pattern", "heartbeat"), event
                cursor = event["cursor"]
                if event["kind"] == "alert":
                    alerts.append(int(event["data"]["title"]))
                elif event["kind"] == "pattern":
                    patterns.append(int(event["data"]["uid"].removeprefix("uid-")))
                left -= event["kind"] != "heartbeat"
    await producing
    assert alerts == list(range(count))
    assert patterns == list(range(count))


async def test_a_killed_replica_costs_nothing(replicas: list[Served], tmp_path: Path) -> None:
    settings = replicas[0].settings
    with another(replicas[0], tmp_path) as api:
        async with listening(api) as socket:
            await receive(socket)
            await publish(settings, [alert(n) for n in range(5)])
            event = [await until_kind(socket, "alert") for _ in range(3)][-1]
            os.kill(api.pid, signal.SIGKILL)
            await until_closed(socket)
    await publish(settings, [alert(n) for n in range(5, 8)])
    async with listening(replicas[1], event["cursor"]) as socket:
        assert await titles(socket, 5) == [3, 4, 5, 6, 7]


async def test_a_stopped_process_says_goodbye_to_everybody(
    replicas: list[Served], tmp_path: Path
) -> None:
    with another(replicas[0], tmp_path) as api:
        async with (
            listening(api) as socket,
            httpx.AsyncClient(timeout=60) as client,
            client.stream(
                "GET", f"{api.url}/api/v1/stream", params={"ticket": ticket(api)}
            ) as response,
        ):
            await receive(socket)
            told = messages(response)
            await anext(told)
            os.kill(api.pid, signal.SIGTERM)
            assert (await until_closed(socket))[1].code == 1012
            last = [message async for message in told][-1]
            assert last.event == "end"
            assert last.json["data"]["code"] == 1012


async def test_records_that_are_gone_mean_a_resync(replicas: list[Served], tmp_path: Path) -> None:
    settings = replicas[0].settings
    async with listening(replicas[0]) as socket:
        begin = (await receive(socket))["cursor"]
        await publish(settings, [alert(n) for n in range(5)])
        late = [await until_kind(socket, "alert") for _ in range(3)][-1]["cursor"]
    offset = int(late.split(":")[2])
    partition = TopicPartition(topic_name(settings, ALERTS), 0)
    async with administering(settings) as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=offset - 1)})
    with another(replicas[0], tmp_path) as api:  # it holds nothing of before
        async with listening(api, begin) as socket:
            event = await until_kind(socket, "resync")
            assert "records are gone" in event["data"]["reason"]
        async with listening(api, late) as socket:
            assert await titles(socket, 2) == [3, 4]
        async with listening(api, event["cursor"]) as socket:
            await receive(socket)
            await publish(settings, [alert(10)])
            assert await titles(socket, 1) == [10]


@pytest.mark.parametrize("refilled", [0, 3, 9])
async def test_a_topic_made_anew_means_a_resync(replicas: list[Served], refilled: int) -> None:
    """Also when the new one is as long as the old one was, or longer."""
    settings = replicas[0].settings
    async with administering(settings) as admin:
        await admin.delete_topics([topic_name(settings, ALERTS)])
    await asyncio.to_thread(ensure_topics, settings)
    await publish(settings, [alert(n) for n in range(3)])
    await asyncio.gather(*(until_at(api, 3) for api in replicas))
    async with listening(replicas[0]) as first, listening(replicas[1]) as second:
        cursor = (await receive(first))["cursor"]
        async with administering(settings) as admin:
            await admin.delete_topics([topic_name(settings, ALERTS)])
        await asyncio.to_thread(ensure_topics, settings)
        await publish(settings, [alert(n) for n in range(20, 20 + refilled)])
        for socket in (first, second):
            assert (await until_kind(socket, "resync"))["data"]["reason"]
        await publish(settings, [alert(40)])
        for socket in (first, second):
            while (await titles(socket, 1)) != [40]:
                continue
    async with listening(replicas[1], cursor) as socket:
        assert (await until_kind(socket, "resync"))["data"]["reason"]


async def until_at(api: Served, offset: int) -> None:
    """Until its tail stands at this offset of the alerts, whatever it has to notice first."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with listening(api) as socket:
                cursor = str((await receive(socket))["cursor"])
            if cursor.startswith(f"alerts:0:{offset}:"):
                return
            await asyncio.sleep(0.2)


async def test_who_does_not_read_is_dropped_with_a_reason(replicas: list[Served]) -> None:
    """Its neighbour gets everything meanwhile, and it goes on itself from its last cursor."""
    api, (count, size) = replicas[0], (400, 100_000)
    async with listening(api, max_queue=1) as slow, listening(api) as quick:
        cursor = (await receive(slow))["cursor"]
        await receive(quick)
        producing = asyncio.create_task(
            publish(api.settings, (alert(n, size) for n in range(count)))
        )
        assert await titles(quick, count) == list(range(count))
        await producing
        late, closed = await until_closed(slow)
    assert closed.code == 4408
    assert "too slow" in closed.reason
    found = [int(event["data"]["title"]) for event in late if event["kind"] == "alert"]
    async with listening(api, late[-1]["cursor"] if late else cursor) as again:
        found += await titles(again, count - len(found))
    assert found == list(range(count))


@pytest.mark.parametrize(
    ("how", "role"),
    [("logout", Role.VIEWER), ("disabled", Role.ANALYST), ("other role", Role.OPERATOR)],
)
async def test_a_session_that_ends_ends_its_connections(
    replicas: list[Served], how: str, role: Role
) -> None:
    """Within moments, at another replica, and those of others go on."""
    here, there = replicas
    with here.as_role(role) as user, here.client() as admin:
        me = user.get("/api/v1/me").json()
        used = [user.post("/api/v1/live/tickets").json()["ticket"] for _ in range(3)]
        async with listening(there, used=used[0]) as socket, listening(there) as other:
            await receive(socket)
            await receive(other)
            if how == "logout":
                assert user.post("/api/v1/auth/logout").status_code == 204
            else:
                change = {"disabled": True} if how == "disabled" else {"role": "viewer"}
                answer = admin.patch(f"/api/v1/users/{me['id']}", json=change)
                assert answer.status_code == 200, answer.text
            _, closed = await until_closed(socket)
            assert closed.code == 4401
            assert closed.reason
            await publish(there.settings, [alert(1)])
            assert await titles(other, 1) == [1]
        async with listening(there, used=used[1]) as socket:
            assert (await until_closed(socket))[1].code == 4401
        params = {"ticket": used[2]}
        answer = await asyncio.to_thread(httpx.get, f"{there.url}/api/v1/stream", params=params)
        assert answer.status_code == 401
