"""HTTP in: requests and lines a second, beside a route that reads the body and does nothing."""

import asyncio
import json
import time
from typing import Any

import psutil
from fastapi import FastAPI, Request

from schemas.settings import Settings
from tests.api.serving import serving
from tests.bench.bare import bare_server
from tests.bench.end_to_end import fresh
from tests.bench.measuring import report

_ITEMS = 200
_SECONDS = 10.0
_WARM_SECONDS = 2.0
_CONNECTIONS = 16

bare = FastAPI()


@bare.post("/webhooks/generic", status_code=202)
async def read_and_answer(request: Request) -> dict[str, int]:
    """The least that a webhook can do."""
    return {"bytes": len(await request.body())}


def run(settings: Settings) -> None:
    """Bodies of 200 lines from 16 connections of 8 sources, JSON and text; and single lines."""
    own = fresh(settings, "http").model_copy(update={"data_dir": settings.data_dir / "http"})
    own.data_dir.mkdir(exist_ok=True)
    bodies = {"json": _json(), "text": _text(), "one_line": b"GET /cart 200 12 ms"}
    with bare_server(own.data_dir, "tests.bench.http:bare", "--http", "httptools") as (url, pid):
        baseline = {name: _load(url, "", body, pid) for name, body in bodies.items()}
    with serving(own) as api:
        found = {name: _load(api.url, api.key, body, api.pid) for name, body in bodies.items()}
    for name in bodies:
        items = 1 if name == "one_line" else _ITEMS
        report(
            "http_in",
            body=name,
            items=items,
            lines_per_second=round(found[name]["requests_per_second"] * items),
            **found[name],
            baseline=baseline[name],
            ratio=round(
                found[name]["requests_per_second"] / baseline[name]["requests_per_second"], 2
            ),
        )


def _json() -> bytes:
    return json.dumps([_event(number) for number in range(_ITEMS)]).encode()


def _event(number: int) -> dict[str, Any]:
    return {
        "timestamp": "2026-01-01T12:00:00.123Z",
        "level": "info",
        "service": "checkout",
        "host": f"web-{number % 7}",
        "message": f"order {number * 7919} paid in {number % 97} ms",
    }


def _text() -> bytes:
    lines = [
        f"2026-01-01T12:00:00Z web-{n % 7} checkout[77]: order {n * 7919} paid in {n % 97} ms"
        for n in range(_ITEMS)
    ]
    return "\n".join(lines).encode()


def _load(url: str, key: str, body: bytes, pid: int) -> dict[str, float]:
    """Requests a second and latencies, after a warm-up; every answer must be 202."""
    asyncio.run(_send(url, key, body, _WARM_SECONDS))
    server = psutil.Process(pid)
    before = sum(server.cpu_times()[:2])
    took = sorted(asyncio.run(_send(url, key, body, _SECONDS)))
    cpu = sum(server.cpu_times()[:2]) - before
    return {
        "requests_per_second": round(len(took) / _SECONDS, 1),
        "p50_ms": round(took[len(took) // 2] * 1000, 1),
        "p99_ms": round(took[len(took) * 99 // 100] * 1000, 1),
        "cpu_ms_per_request": round(cpu / len(took) * 1000, 3),
    }


async def _send(url: str, key: str, body: bytes, seconds: float) -> list[float]:
    until = time.monotonic() + seconds
    sent = [_one(url, key, body, f"bench-{n % 8}", until) for n in range(_CONNECTIONS)]
    return [took for connection in await asyncio.gather(*sent) for took in connection]


async def _one(url: str, key: str, body: bytes, source: str, until: float) -> list[float]:
    """One connection, one request after the other; a plain socket, to measure no client."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /webhooks/generic?source={source} HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    found = []
    while (began := time.monotonic()) < until:
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 202 " not in answer:
            raise RuntimeError(answer.decode())
        length = answer.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        found.append(time.monotonic() - began)
    writer.close()
    await writer.wait_closed()
    return found
