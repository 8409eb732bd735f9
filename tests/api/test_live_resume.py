"""Live updates when things break: replicas, topics, the session, a client that does not read."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from websockets.exceptions import ConnectionClosed

from connectors.kafka import client_options, topic_name
from connectors.stores.migrate import migrate
from connectors.topics import ensure_topics
from schemas.roles import Role
from schemas.settings import Settings
from schemas.topics import ALERTS, PATTERNS
from tests.api.listening import (
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


async def ready(stack: RunningStack, directory: Path) -> Settings:
    """Topics and tables of its own."""
    settings = await fresh(stack, directory)
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    return settings


@pytest.fixture
async def replicas(stack: RunningStack, tmp_path: Path) -> AsyncIterator[list[Served]]:
    """Two processes that serve one installation."""
    settings = await fresh(stack, tmp_path, jwt_secret_key="two replicas sign with the same one")
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    with ExitStack() as entered:
        served: list[Served] = []
        for name in ("a", "b"):
            directory = tmp_path / name
            directory.mkdir()
            own = settings.model_copy(update={"data_dir": directory})
            served.append(await asyncio.to_thread(entered.enter_context, serving(own)))
            await asyncio.to_thread(served[0].client)  # logs in
        served[1].tokens.update(served[0].tokens)
        yield served


@asynccontextmanager
async def administering(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def test_a_ticket_of_one_replica_opens_another(replicas: list[Served]) -> None:
    used = await asyncio.to_thread(ticket, replicas[0])
    async with listening(replicas[1], used=used) as socket:
        assert (await receive(socket))["kind"] == "heartbeat"
    async with listening(replicas[0], used=used) as socket:
        with pytest.raises(ConnectionClosed, match="4401"):
            await receive(socket)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_event_once_and_in_order_through_random_disconnects(
    replicas: list[Served], seed: int
) -> None:
    """A client that hops between replicas while alerts come, and patterns between them."""
    dice, count = random.Random(seed), 600
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
        left = dice.choice([0, 1, 3, 40, 200])
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


async def test_a_killed_replica_costs_nothing(replicas: list[Served]) -> None:
    async with listening(replicas[0]) as socket:
        await publish(replicas[0].settings, [alert(n) for n in range(5)])
        event = [await until_kind(socket, "alert") for _ in range(3)][-1]
        os.kill(replicas[0].pid, signal.SIGKILL)
        await until_closed(socket)
    await publish(replicas[1].settings, [alert(n) for n in range(5, 8)])
    async with listening(replicas[1], event["cursor"]) as socket:
        assert await titles(socket, 5) == [3, 4, 5, 6, 7]


async def test_a_stopped_process_says_goodbye_to_everybody(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await ready(stack, tmp_path)
    with serving(settings) as api:
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


async def test_records_that_are_gone_mean_a_resync(stack: RunningStack, tmp_path: Path) -> None:
    settings = await ready(stack, tmp_path)
    await publish(settings, [alert(n) for n in range(5)])
    with serving(settings) as api:
        async with listening(api) as socket:
            begin = (await receive(socket))["cursor"]
            await publish(settings, [alert(n) for n in range(5, 10)])
            late = [await until_kind(socket, "alert") for _ in range(3)][-1]["cursor"]
    partition = TopicPartition(topic_name(settings, ALERTS), 0)
    async with administering(settings) as admin:
        await admin.delete_records({partition: RecordsToDelete(before_offset=7)})
    with serving(settings) as api:
        async with listening(api, begin) as socket:
            event = await until_kind(socket, "resync")
            assert "records are gone" in event["data"]["reason"]
        async with listening(api, late) as socket:
            assert await titles(socket, 2) == [8, 9]
        async with listening(api, event["cursor"]) as socket:
            await receive(socket)
            await publish(settings, [alert(10)])
            assert await titles(socket, 1) == [10]


@pytest.mark.parametrize("refilled", [0, 3, 9])
async def test_a_topic_made_anew_means_a_resync(
    stack: RunningStack, tmp_path: Path, refilled: int
) -> None:
    """Also when the new one is as long as the old one was, or longer."""
    settings = await ready(stack, tmp_path)
    await publish(settings, [alert(n) for n in range(3)])
    with serving(settings) as api:
        async with listening(api) as socket:
            cursor = (await receive(socket))["cursor"]
            async with administering(settings) as admin:
                await admin.delete_topics([topic_name(settings, ALERTS)])
            await asyncio.to_thread(ensure_topics, settings)
            await publish(settings, [alert(n) for n in range(20, 20 + refilled)])
            event = await until_kind(socket, "resync")
            assert event["data"]["reason"]
            await publish(settings, [alert(40)])
            while (await titles(socket, 1)) != [40]:
                continue
        async with listening(api, cursor) as socket:
            assert (await until_kind(socket, "resync"))["data"]["reason"]


async def test_who_does_not_read_is_dropped_with_a_reason(
    stack: RunningStack, tmp_path: Path
) -> None:
    """Its neighbour gets everything meanwhile, and it goes on itself from its last cursor."""
    settings = await ready(stack, tmp_path)
    count, size = 400, 100_000
    with serving(settings) as api:
        async with listening(api, max_queue=1) as slow, listening(api) as quick:
            cursor = (await receive(slow))["cursor"]
            producing = asyncio.create_task(
                publish(settings, (alert(n, size) for n in range(count)))
            )
            assert await titles(quick, count) == list(range(count))
            await producing
            late, closed = await until_closed(slow)
        assert closed.code == 4408
        assert "too slow" in closed.reason
        found = [int(event["data"]["title"]) for event in late if event["kind"] == "alert"]
        cursor = late[-1]["cursor"] if late else cursor
        async with listening(api, cursor) as again:
            found += await titles(again, count - len(found))
    assert found == list(range(count))


@pytest.mark.parametrize("how", ["logout", "disabled", "other role"])
async def test_a_session_that_ends_ends_its_connections(replicas: list[Served], how: str) -> None:
    """Within moments, at another replica, and those of others go on."""
    here, there = replicas
    with here.as_role(Role.VIEWER) as viewer, here.client() as admin:
        me = viewer.get("/api/v1/me").json()
        used = [viewer.post("/api/v1/live/tickets").json()["ticket"] for _ in range(3)]
        async with listening(there, used=used[0]) as socket, listening(there) as other:
            await receive(socket)
            await receive(other)
            if how == "logout":
                assert viewer.post("/api/v1/auth/logout").status_code == 204
            else:
                change = {"disabled": True} if how == "disabled" else {"role": "analyst"}
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
