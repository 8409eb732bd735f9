"""What one request may take: places, time, the length of its body."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from api.bounds import BODY_BYTES, Bounds
from api.clients import Clients
from api.gateway import Gateway
from api.problems import add_problems
from api.tracing import Tracing
from api.unreadable import add_unreadable
from tests.connectors.sources.support import until


class Bounded:
    """An application with two places and half a second, and routes that wait for the test."""

    def __init__(self) -> None:
        self.app, self.waiting, self.go = FastAPI(), 0, asyncio.Event()
        self.app.add_middleware(Bounds, most=2, seconds=0.5)
        self.app.add_middleware(Gateway, clients=Clients([], "s"))
        self.app.add_middleware(Tracing)
        add_problems(self.app)
        add_unreadable(self.app)
        self.app.add_api_route("/api/v1/wait", self.wait)
        self.app.add_api_route("/webhooks/wait", self.wait, methods=["POST"])
        self.app.add_api_route("/health", self.health)
        self.app.add_api_route("/api/v1/slow", self.slow)
        self.app.add_api_route("/api/v1/body", self.body, methods=["POST"])

    async def wait(self) -> None:
        self.waiting += 1
        await self.go.wait()

    async def health(self) -> str:
        return "well"

    async def slow(self) -> StreamingResponse:
        async def rows() -> AsyncIterator[bytes]:
            for _ in range(4):
                yield b"row"
                await asyncio.sleep(0.3)

        return StreamingResponse(rows())

    async def body(self, request: Request) -> int:
        return len(await request.body())

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://api")


async def test_who_finds_no_place_is_told_at_once_and_ingest_has_its_own() -> None:
    bounded = Bounded()
    async with bounded.client() as client:
        ingest = [asyncio.create_task(client.post("/webhooks/wait")) for _ in range(2)]
        await until(lambda: bounded.waiting == 2)
        refused = await client.post("/webhooks/wait")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "API_MAX_REQUESTS" in refused.json()["detail"]
        assert (await client.get("/health")).status_code == 200
        reading = [asyncio.create_task(client.get("/api/v1/wait")) for _ in range(2)]
        await until(lambda: bounded.waiting == 4)
        assert (await client.get("/api/v1/wait")).status_code == 503
        bounded.go.set()
        answers = await asyncio.gather(*ingest, *reading)
        assert {answer.status_code for answer in answers} == {200}
        assert (await client.get("/api/v1/wait")).status_code == 200


async def test_a_request_without_an_answer_ends_but_ingest_waits() -> None:
    bounded = Bounded()
    async with bounded.client() as client:
        ingest = asyncio.create_task(client.post("/webhooks/wait"))
        answer = await client.get("/api/v1/wait")
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("too-slow")
        assert answer.headers["retry-after"] == "1"
        assert not ingest.done()
        bounded.go.set()
        assert (await ingest).status_code == 200


async def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async with Bounded().client() as client:
        answer = await client.get("/api/v1/slow")
    assert (answer.status_code, answer.text) == (200, "row" * 4)


async def chunks(count: int) -> AsyncIterator[bytes]:
    """Without a Content-Length."""
    for _ in range(count):
        yield b"x" * 1024


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_has_a_limit(chunked: bool) -> None:
    count = BODY_BYTES // 1024
    async with Bounded().client() as client:
        for kib, status in ((count, 200), (count + 1, 413)):
            content = chunks(kib) if chunked else b"x" * (kib * 1024)
            answer = await client.post("/api/v1/body", content=content)
            assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
