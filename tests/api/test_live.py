"""Live updates on the real stack: events arrive once and in order; tickets, cursors, refusals."""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from connectors.kafka import topic_name
from connectors.stores.migrate import migrate
from schemas.roles import Role
from schemas.topics import ALERTS
from tests.api.listening import (
    address,
    alert,
    listening,
    messages,
    pattern,
    publish,
    publishing,
    receive,
    ticket,
    titles,
    until_kind,
)
from tests.api.serving import Served, serving
from tests.connectors.sources.support import fresh
from tests.stack import RunningStack

ALLOWED = "https://ops.example"

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def live(stack: RunningStack) -> Iterator[Served]:
    """A running API whose topics only these tests write to, each reading on from where it is."""
    with tempfile.TemporaryDirectory(prefix="foreshock-live-") as name:
        settings = asyncio.run(fresh(stack, Path(name)))
        migrate(settings.database_url.get_secret_value())
        with serving(settings.model_copy(update={"allowed_origins": [ALLOWED]})) as served:
            yield served


def stream_refusal(api: Served, used: str) -> httpx.Response:
    return httpx.get(f"{api.url}/api/v1/stream", params={"ticket": used})


async def test_what_is_published_arrives_with_a_cursor(live: Served) -> None:
    async with listening(live) as socket:
        first = await receive(socket)
        assert (first["kind"], first["topic"]) == ("heartbeat", "")
        await publish(live.settings, [pattern(1), alert(1)])
        found = {event["kind"]: event for event in [await receive(socket), await receive(socket)]}
    assert found["alert"]["data"] == json.loads(alert(1).model_dump_json())
    assert found["alert"]["topic"] == "alerts"
    assert found["pattern"]["data"] == json.loads(pattern(1).model_dump_json())
    cursors = {first["cursor"], found["alert"]["cursor"], found["pattern"]["cursor"]}
    assert len(cursors) == 3


async def test_without_a_cursor_it_begins_at_the_end(live: Served) -> None:
    await publish(live.settings, [alert(1)])
    async with listening(live) as before:
        await receive(before)
        await publish(live.settings, [alert(2)])
        assert await titles(before, 1) in ([1], [2])  # 1 where the tail had not read it yet
        async with listening(live) as socket:
            assert (await receive(socket))["kind"] == "heartbeat"
            await publish(live.settings, [alert(3)])
            assert await titles(socket, 1) == [3]


async def test_it_goes_on_behind_a_cursor(live: Served) -> None:
    async with listening(live) as socket:
        await receive(socket)
        await publish(live.settings, [alert(n) for n in range(3)])
        cursor = (await until_kind(socket, "alert"))["cursor"]
    await publish(live.settings, [alert(n) for n in range(3, 6)])
    async with listening(live, cursor) as socket:
        assert (await receive(socket))["cursor"] == cursor
        assert await titles(socket, 5) == [1, 2, 3, 4, 5]


async def test_what_does_not_belong_on_a_topic_is_left_out(live: Served) -> None:
    name = topic_name(live.settings, ALERTS)
    async with listening(live) as socket, publishing(live.settings) as producer:
        await receive(socket)
        for value in (b"\xff", b"{}", b'{"cursor": 1}', None):
            await producer.send_and_wait(name, value, key=b"key")
        await producer.send_and_wait(name, alert(7).model_dump_json(indent=1).encode(), key=b"key")
        event = await receive(socket)
    assert event["data"]["title"] == "7"


async def test_a_ticket_lets_in_once(live: Served) -> None:
    used = ticket(live)
    async with listening(live, used=used) as socket:
        await receive(socket)
    for refused in (used, "", "none-of-ours"):
        async with listening(live, used=refused) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await receive(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
        assert "POST /api/v1/live/tickets" in closed.value.rcvd.reason
        answer = stream_refusal(live, refused)
        assert answer.status_code == 401
        assert "POST /api/v1/live/tickets" in answer.json()["detail"]


async def test_a_ticket_expires(live: Served) -> None:
    used = ticket(live)
    with psycopg.connect(live.settings.database_url.get_secret_value()) as connection:
        connection.execute("update live_tickets set expires_at = now() - interval '1 ms'")
    async with listening(live, used=used) as socket:
        with pytest.raises(ConnectionClosed, match="4401"):
            await receive(socket)


def test_a_ticket_is_made_for_those_who_may_read(live: Served) -> None:
    with live.anyone() as nobody, live.producer() as producer, live.as_role(Role.VIEWER) as viewer:
        assert nobody.post("/api/v1/live/tickets").status_code == 401
        assert producer.post("/api/v1/live/tickets").status_code == 401
        assert viewer.post("/api/v1/live/tickets").status_code == 201


async def test_a_ticket_stands_in_no_log(live: Served) -> None:
    used = ticket(live)
    async with listening(live, used=used) as socket:
        await receive(socket)
    assert used not in (live.settings.data_dir / "api.log").read_text()


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
async def test_pages_from_elsewhere_open_no_socket(live: Served, origin: str) -> None:
    used = ticket(live)
    with pytest.raises(InvalidStatus) as refused:
        async with listening(live, used=used, origin=origin):
            pass
    assert refused.value.response.status_code == 403
    for known in (live.url, ALLOWED):
        async with listening(live, origin=known) as socket:
            await receive(socket)


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "alerts:0:1", "alerts:0:1:2", "alerts:0:0:-1,patterns:0:999999:5", "x" * 1900],
    ids=["nonsense", "no stamp", "part missing", "beyond the end", "long"],
)
async def test_a_cursor_that_means_nothing_here_is_resynced(live: Served, cursor: str) -> None:
    async with listening(live, cursor) as socket:
        event = await until_kind(socket, "resync")
        assert event["data"]["reason"]
    async with listening(live, event["cursor"]) as socket:
        assert (await receive(socket))["kind"] == "heartbeat"
        await publish(live.settings, [alert(8)])
        assert (await receive(socket))["data"]["title"] == "8"


async def test_a_stream_gives_the_same_events(live: Served) -> None:
    async with listening(live) as socket:
        begin = (await receive(socket))["cursor"]
        await publish(live.settings, [alert(n) for n in range(4)])
        wanted = [await until_kind(socket, "alert") for _ in range(4)]
    for headers, params, first in (
        ({}, {"cursor": begin}, 0),
        ({"Last-Event-ID": wanted[1]["cursor"]}, {"cursor": begin}, 2),
    ):
        found = []
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream(
                "GET",
                f"{live.url}/api/v1/stream",
                params=params | {"ticket": ticket(live)},
                headers=headers,
            ) as response,
        ):
            assert response.headers["content-type"].startswith("text/event-stream")
            async for message in messages(response):
                assert message.id == message.json["cursor"]
                assert message.event == message.json["kind"]
                if message.event == "alert":
                    found.append(message.json)
                if found == wanted[first:]:
                    break


async def test_a_session_gets_so_many_connections(live: Served) -> None:
    async with asyncio.TaskGroup() as group:
        used = [group.create_task(asyncio.to_thread(ticket, live)) for _ in range(21)]
    opened = [listening(live, used=one.result()) for one in used]
    sockets = [await one.__aenter__() for one in opened]
    firsts = await asyncio.gather(*map(receive, sockets), return_exceptions=True)
    refused = [one for one in firsts if isinstance(one, ConnectionClosed)]
    assert len(refused) >= 1
    assert all(one.rcvd and one.rcvd.code == 1013 for one in refused)
    assert stream_refusal(live, ticket(live)).status_code == 503
    for one in opened:
        await one.__aexit__(None, None, None)


async def test_messages_of_clients_are_not_heard(live: Served) -> None:
    async with listening(live) as socket:
        await receive(socket)
        await socket.send("hello")
        await publish(live.settings, [alert(9)])
        assert await titles(socket, 1) == [9]
    assert address(live, "t").startswith("ws://")
