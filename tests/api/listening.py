"""Clients of live updates for tests, and records for them to get."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close

from connectors.kafka import producer_options, topic_name
from schemas.alerts import Alert, AlertSeverity, AlertState
from schemas.patterns import Pattern
from schemas.settings import Settings
from schemas.topics import ALERTS, PATTERNS
from tests.api.serving import Served

PATIENCE_SECONDS = 60.0
NOON = "2026-01-01T12:00:00Z"


def alert(number: int, size: int = 0) -> Alert:
    """A numbered one."""
    return Alert.model_validate(
        {
            "id": f"alert-{number}",
            "fingerprint": f"print-{number}",
            "version": 1,
            "type": "manual",
            "title": str(number),
            "description": "x" * size,
            "state": AlertState.FIRING,
            "severity": AlertSeverity.HIGH,
            "source": "test",
            "count": 1,
            "first_seen": NOON,
            "last_seen": NOON,
        }
    )


def pattern(number: int) -> Pattern:
    """A numbered one."""
    return Pattern(uid=f"uid-{number}", template=f"line {number} <*>", skeleton=f"line {number}")


@asynccontextmanager
async def publishing(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    """As the agents publish."""
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def publish(settings: Settings, records: Iterable[Alert | Pattern]) -> None:
    """All acknowledged, in order."""
    async with publishing(settings) as producer:
        for record in records:
            topic = ALERTS if isinstance(record, Alert) else PATTERNS
            name = topic_name(settings, topic)
            await producer.send(name, record.model_dump_json().encode(), key=b"key")
        await producer.flush()


def ticket(api: Served) -> str:
    """A fresh one."""
    with api.client() as client:
        answer = client.post("/api/v1/live/tickets")
    assert answer.status_code == 201, answer.text
    assert answer.json()["expires_in"] == 30
    return str(answer.json()["ticket"])


def address(api: Served, used: str, cursor: str = "") -> str:
    """Of the WebSocket."""
    query = str(httpx.QueryParams({"ticket": used, "cursor": cursor}))
    return f"{api.url.replace('http', 'ws', 1)}/ws?{query}"


@asynccontextmanager
async def listening(
    api: Served, cursor: str = "", used: str | None = None, **options: Any
) -> AsyncIterator[ClientConnection]:
    """A WebSocket with a ticket of its own."""
    # Who leaves with messages unread would wait ten seconds for the goodbye behind them.
    options = {"close_timeout": 0.5, **options}
    used = await asyncio.to_thread(ticket, api) if used is None else used
    async with connect(address(api, used, cursor), **options) as socket:
        yield socket


async def receive(socket: ClientConnection) -> dict[str, Any]:
    """The next event. Raises ConnectionClosed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        event = json.loads(await socket.recv())
    assert list(event) == ["cursor", "topic", "kind", "data"]
    return dict(event)


async def until_kind(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next event of a kind."""
    while (event := await receive(socket))["kind"] != kind:
        continue
    return event


async def until_closed(socket: ClientConnection) -> tuple[list[dict[str, Any]], Close]:
    """What still came, and what the server closed with."""
    found: list[dict[str, Any]] = []
    while True:
        try:
            found.append(await receive(socket))
        except ConnectionClosed as closed:
            return found, closed.rcvd or Close(1006, "")


async def titles(socket: ClientConnection, count: int) -> list[int]:
    """The numbers of the next alerts."""
    return [int((await until_kind(socket, "alert"))["data"]["title"]) for _ in range(count)]


@dataclass
class Message:
    """One server-sent event."""

    event: str = ""
    id: str = ""
    data: str = ""

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.data))


async def messages(response: httpx.Response) -> AsyncIterator[Message]:
    """What a stream holds, by the rules of server-sent events that we need."""
    message = Message()
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if not line:
            yield message
            message = Message()
        elif name in ("event", "id", "data"):
            setattr(message, name, getattr(message, name) + value)
