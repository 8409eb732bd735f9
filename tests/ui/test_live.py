"""The live connection: one a session, to all its tabs; what it says when it cannot."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import jwt
import pytest
import uvicorn
from dash.exceptions import WebsocketDisconnected

from tests.ui.fake_api import Fake, create_fake
from ui.client import Client, Renewals, http_client
from ui.hangup import Hangup
from ui.live import ENDED, LIVE, LOST, STALE, Heard, State, Upstreams
from ui.shell import presence, pushing
from ui.shell.pushing import message_of
from ui.tokens import Tokens, tokens_of
from ui.visit import Visit

PATIENCE_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
async def http(fake: Fake) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    config = uvicorn.Config(
        create_fake(fake), port=port, log_config=None, ws="websockets-sansio", lifespan="off"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    async with http_client(f"http://127.0.0.1:{port}", "") as client:
        yield client
    server.should_exit = server.force_exit = True
    await running


def client_of(http: httpx.AsyncClient, fake: Fake, *, may_renew: bool = False) -> Client:
    tokens = tokens_of(fake.tokens())
    return Client(http, Renewals(http), tokens, {}, may_renew=may_renew)


async def until(queue: "asyncio.Queue[Heard]", wanted: Callable[[Heard], bool]) -> Heard:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not wanted(heard := await queue.get()):
            continue
    return heard


def is_alert(number: int) -> Callable[[Heard], bool]:
    return lambda heard: bool(heard.event and heard.event["data"].get("id") == number)


def url_of(http: httpx.AsyncClient) -> str:
    return str(http.base_url).replace("http", "ws").rstrip("/")


async def test_two_tabs_share_one_connection_and_both_hear(
    http: httpx.AsyncClient, fake: Fake
) -> None:
    upstreams = Upstreams(url_of(http))
    client = client_of(http, fake)
    async with (
        upstreams.listening("s1", client) as one,
        upstreams.listening("s1", client) as two,
    ):
        await until(one, lambda heard: heard.state == LIVE)
        await until(two, lambda heard: heard.state == LIVE)
        assert len(fake.sockets) == 1
        await fake.publish("alerts", "alert", {"id": "a1"})
        for queue in (one, two):
            heard = await until(queue, lambda h: bool(h.event and h.event["kind"] == "alert"))
            assert heard.event
            assert heard.event["data"] == {"id": "a1"}


async def test_a_token_that_is_over_asks_the_page_to_come_again(
    http: httpx.AsyncClient, fake: Fake
) -> None:
    fake.access_seconds = -1
    async with Upstreams(url_of(http)).listening("s1", client_of(http, fake)) as queue:
        await until(queue, lambda heard: heard.state == STALE)


async def test_a_session_that_ended_is_said_once_and_for_all(
    http: httpx.AsyncClient, fake: Fake
) -> None:
    client = client_of(http, fake, may_renew=True)
    fake.ended = True
    async with Upstreams(url_of(http)).listening("s1", client) as queue:
        await until(queue, lambda heard: heard.state == ENDED)


@pytest.mark.parametrize(("seconds", "then"), [(1800.0, LIVE), (-1.0, STALE)], ids=["ok", "old"])
async def test_a_connection_that_is_refused_ends_no_session(
    http: httpx.AsyncClient, fake: Fake, seconds: float, then: State
) -> None:
    """As after a change of role: its token is outdated, and can be renewed."""
    client = client_of(http, fake)
    async with Upstreams(url_of(http)).listening("s1", client) as queue:
        await until(queue, lambda heard: heard.state == LIVE)
        fake.access_seconds = seconds
        client.tokens = tokens_of(fake.tokens())
        for one in list(fake.sockets):
            await one.close(4401, "the role has changed")
        states = [await until(queue, lambda heard: heard.state is not None)]
        while states[-1].state not in (then, ENDED):
            states.append(await until(queue, lambda heard: heard.state is not None))
        assert states[-1].state == then


async def test_an_api_that_is_away_is_lost_and_comes_back(
    http: httpx.AsyncClient, fake: Fake
) -> None:
    fake.down = True
    async with Upstreams(url_of(http)).listening("s1", client_of(http, fake)) as queue:
        await until(queue, lambda heard: heard.state == LOST)
        fake.down = False
        await until(queue, lambda heard: heard.state == LIVE)


async def test_a_tab_that_does_not_keep_up_is_told_to_load_again(
    http: httpx.AsyncClient, fake: Fake
) -> None:
    upstreams, client = Upstreams(url_of(http)), client_of(http, fake)
    async with (
        upstreams.listening("s1", client) as slow,
        upstreams.listening("s1", client) as quick,
    ):
        await until(quick, lambda heard: heard.state == LIVE)
        for number in range(300):
            await fake.publish("alerts", "alert", {"id": number})
            await until(quick, is_alert(number))
        await until(slow, lambda heard: bool(heard.event and heard.event["kind"] == "resync"))
        assert (await until(slow, is_alert(299))).event


class Tab:
    """The websocket of a tab, as a callback sees it; one that is gone does not answer."""

    def __init__(self, *, gone: bool = False, frozen: bool = False) -> None:
        self.is_shutdown = False
        self.gone = gone
        self.frozen = frozen
        self.asked = 0
        self.written: list[tuple[str, Any]] = []

    def set_prop_sync(self, id: str, name: str, value: Any) -> None:
        self.written.append((id, value))

    async def get_prop(self, id: str, name: str, timeout: float) -> Any:
        self.asked += 1
        if self.gone:
            raise WebsocketDisconnected
        if self.frozen:
            raise TimeoutError
        return id

    def told(self) -> list[Any]:
        return [value for id, value in self.written if id == "live-raw"]

    async def is_true(self, true: Callable[["Tab"], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true(self):  # noqa: ASYNC110 - a tab has no events
                await asyncio.sleep(0.01)

    def states(self) -> list[str]:
        return [value["state"] for id, value in self.written if id == "live-state"]


@pytest.mark.parametrize("how", ["forged", "ended", "away"])
async def test_who_only_names_a_session_hears_nothing_of_it(
    http: httpx.AsyncClient, fake: Fake, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(pushing, "_RENEWAL_SECONDS", 0.0)
    monkeypatch.setattr(pushing, "_BEAT_SECONDS", 0.05)
    forged = Tokens(jwt.encode({"sid": "s1"}, "another key of 32 bytes for tests"), "none", 0)
    stranger = Client(http, Renewals(http), forged, {}, may_renew=how == "ended")
    assert forged.session == "s1"
    upstreams, owner, tab = Upstreams(url_of(http)), client_of(http, fake), Tab()
    async with upstreams.listening("s1", owner) as queue:
        await until(queue, lambda heard: heard.state == LIVE)
        fake.down = how == "away"
        pushed = asyncio.create_task(
            pushing.serve(tab, Visit(stranger, None, "s1", live=upstreams))
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while how == "away" and len(tab.states()) < 2:  # noqa: ASYNC110 - a tab has no events
                await asyncio.sleep(0.01)
            tab.is_shutdown = True
            await pushed
        upstream = upstreams._of["s1"]
        assert upstream.api is owner
        assert upstream.queues == {queue}
    assert set(tab.states()) == {{"forged": "stale", "ended": "ended", "away": "lost"}[how]}
    assert not [value for id, value in tab.written if id == "live-raw"]


async def test_a_tab_that_is_gone_is_let_go_while_messages_come(
    http: httpx.AsyncClient, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "ASK_SECONDS", 0.0)
    upstreams, client = Upstreams(url_of(http)), client_of(http, fake)
    async with upstreams.listening("s1", client) as queue:
        await until(queue, lambda heard: heard.state == LIVE)
        await fake.publish("alerts", "alert", {"id": "a1"})
        async with asyncio.timeout(PATIENCE_SECONDS):
            await pushing.serve(Tab(gone=True), Visit(client, None, "s1", live=upstreams))
        assert upstreams._of["s1"].queues == {queue}


async def test_a_tab_that_was_frozen_loads_again_when_it_is_back(
    http: httpx.AsyncClient, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "ASK_SECONDS", 0.0)
    monkeypatch.setattr(presence, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(pushing, "_BEAT_SECONDS", 0.05)
    tab, client, hung_up = Tab(frozen=True), client_of(http, fake), asyncio.Event()
    visit = Visit(client, live=Upstreams(url_of(http)), session="s1", hang_up=hung_up.set)
    pushed = asyncio.create_task(pushing.serve(tab, visit))
    await tab.is_true(lambda tab: tab.asked > 2)
    await fake.publish("alerts", "alert", {"id": "a1"})
    before = tab.asked
    await tab.is_true(lambda tab: tab.asked > before + 2)
    assert tab.told() == []
    tab.frozen = False
    await tab.is_true(lambda tab: bool(tab.told()))
    assert tab.told()[0]["resync"] is True
    await fake.publish("alerts", "alert", {"id": "a2"})
    await tab.is_true(lambda tab: any(one.get("events") for one in tab.told()))
    assert not hung_up.is_set()
    monkeypatch.setattr(presence, "GONE_SECONDS", 0.0)
    tab.frozen = True
    async with asyncio.timeout(PATIENCE_SECONDS):
        await pushed
    assert hung_up.is_set()


async def test_no_more_is_written_than_a_tab_keeps_up_with() -> None:
    tab = Tab(frozen=True)
    there = presence.Presence(tab)
    for number in range(presence.ASK_MESSAGES):
        assert await there.came_back() is False
        assert there.is_here
        there.write("live-raw", number)
    await there.came_back()
    assert (tab.asked, there.is_here) == (1, False)


def test_what_a_tab_gets_is_news_without_heart_beats() -> None:
    alert = {"topic": "alerts", "kind": "alert", "data": {"id": "a1"}}
    beat = {"topic": "", "kind": "heartbeat", "data": {"degraded": "Redis is away"}}
    again = {"topic": "", "kind": "resync", "data": {}}
    assert message_of([], 1) is None
    assert message_of([Heard(state=LIVE)], 1) is None
    assert message_of([Heard(event=alert), Heard(event=beat)], 7) == {
        "seq": 7,
        "events": [alert],
        "resync": False,
        "degraded": "Redis is away",
    }
    assert message_of([Heard(event=again)], 8) == {"seq": 8, "events": [], "resync": True}


async def test_hanging_up_ends_the_waiting_for_messages() -> None:
    messages: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    line = Hangup(messages.get)
    await messages.put({"type": "websocket.connect"})
    assert (await line.receive())["type"] == "websocket.connect"
    waiting = asyncio.create_task(line.receive())
    await asyncio.sleep(0)
    line.hang_up()
    assert (await waiting)["type"] == "websocket.disconnect"
    assert line.asked
    line.close()
