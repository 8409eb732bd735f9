"""Live updates: from an alert's publication to 50 clients, beside a process that only passes on.

The baseline gets the same events in the bodies of requests and sends them to its WebSockets at
once: what server, network and clients cost alone, without broker, cursor and rights.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx
import psutil
from fastapi import FastAPI, Request, WebSocket
from websockets.asyncio.client import ClientConnection, connect

from connectors.kafka import topic_name
from schemas.alerts import Alert
from schemas.roles import Role
from schemas.settings import Settings
from schemas.topics import ALERTS
from tests.api.listening import address, alert, publishing, ticket
from tests.api.serving import Served, serving
from tests.bench.bare import bare_server
from tests.bench.end_to_end import fresh
from tests.bench.measuring import report

_CLIENTS = 50
_A_SESSION = 10
_PAUSE_SECONDS = 0.05  # between events whose latency is taken
_WARM, _TIMED, _FLOOD = 20, 200, 2_000

Publish = Callable[[Sequence[Alert]], Awaitable[None]]

bare = FastAPI()
_sockets: set[WebSocket] = set()


@bare.websocket("/ws")
async def listen(websocket: WebSocket) -> None:
    """Until the client goes."""
    await websocket.accept()
    _sockets.add(websocket)
    await websocket.receive()
    _sockets.discard(websocket)


@bare.post("/publish")
async def pass_on(request: Request) -> int:
    """Each line of the body to each client."""
    lines = (await request.body()).decode().splitlines()
    for line in lines:
        for socket in list(_sockets):
            await socket.send_text(f'{{"kind":"alert","data":{line}}}')
    return len(lines)


def run(settings: Settings) -> None:
    """Clients, producer and servers share this machine."""
    own = fresh(settings, "live").model_copy(update={"data_dir": settings.data_dir / "live"})
    own.data_dir.mkdir(exist_ok=True)
    with bare_server(
        own.data_dir, "tests.bench.live:bare", "--ws-per-message-deflate", "false"
    ) as (url, pid):
        baseline = asyncio.run(_beside(url, pid))
    with serving(own) as api:
        found = asyncio.run(_of(own, api))
    ratio = round(found["events_per_second"] / baseline["events_per_second"], 2)
    report("live", clients=_CLIENTS, **found, baseline=baseline, ratio=ratio)


async def _of(settings: Settings, api: Served) -> dict[str, float]:
    name = topic_name(settings, ALERTS)
    urls = [address(api, ticket(one)) for one in logins(api) for _ in range(_A_SESSION)]
    async with publishing(settings) as producer:

        async def publish(alerts: Sequence[Alert]) -> None:
            for one in alerts:
                await producer.send(name, one.model_dump_json().encode(), key=b"key")

        return await _measure(urls, publish, api.pid)


def logins(api: Served) -> Iterator[Served]:
    """Sessions enough for all clients."""
    for number in range(_CLIENTS // _A_SESSION):
        known = {"username": f"listener-{number}", "password": "a password for this bench"}
        with api.client() as admin:
            admin.post("/api/v1/users", json={**known, "role": "viewer"}).raise_for_status()
        token = api.log_in(**known)["access_token"]
        yield Served(api.settings, api.url, api.pid, {Role.ADMIN: token})


async def _beside(url: str, pid: int) -> dict[str, float]:
    urls = [f"{url.replace('http', 'ws', 1)}/ws"] * _CLIENTS
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def publish(alerts: Sequence[Alert]) -> None:
            body = "\n".join(one.model_dump_json() for one in alerts)
            (await client.post("/publish", content=body)).raise_for_status()

        return await _measure(urls, publish, pid)


async def _measure(urls: Sequence[str], publish: Publish, pid: int) -> dict[str, float]:
    """Latencies (ms) of single events to every client; then how fast a flood goes to all."""
    server, count = psutil.Process(pid), _WARM + _TIMED
    async with AsyncExitStack() as opened:
        sockets = [await opened.enter_async_context(connect(url)) for url in urls]
        timed = [asyncio.create_task(_latencies(socket, count)) for socket in sockets]
        for number in range(count):
            await publish([_stamped(number)])
            await asyncio.sleep(_PAUSE_SECONDS)
        took = sorted(one for found in await asyncio.gather(*timed) for one in found[_WARM:])
        before, began = sum(server.cpu_times()[:2]), time.monotonic()
        getting = [asyncio.create_task(_latencies(socket, _FLOOD)) for socket in sockets]
        await publish([_stamped(number) for number in range(_FLOOD)])
        await asyncio.gather(*getting)
        seconds = time.monotonic() - began
        cpu = sum(server.cpu_times()[:2]) - before
    return {
        "p50_ms": round(took[len(took) // 2] * 1000, 1),
        "p95_ms": round(took[len(took) * 95 // 100] * 1000, 1),
        "events_per_second": round(_FLOOD / seconds),
        "sent_per_second": round(_FLOOD * len(urls) / seconds),
        "cpu_us_per_event_and_client": round(cpu / _FLOOD / len(urls) * 1e6, 1),
    }


def _stamped(number: int) -> Alert:
    return alert(number).model_copy(update={"description": repr(time.monotonic())})


async def _latencies(socket: ClientConnection, count: int) -> list[float]:
    """Of the next alerts that come; the clock is that of the machine."""
    found: list[float] = []
    while len(found) < count:
        event: dict[str, Any] = json.loads(await socket.recv())
        if event["kind"] == "alert":
            found.append(time.monotonic() - float(event["data"]["description"]))
    return found
