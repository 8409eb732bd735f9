"""What one request may take: a place among those under way, time until its answer, a body's length.

Ingest has limits of its own for bodies and time (`bodies.py`), and places of its own, so that
producers never keep people out, nor people producers.
"""

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.kinds import Kind
from api.limits import KIND
from api.problems import Problem, overloaded, response_of

BODY_BYTES: Final = 1024 * 1024
_STALL_SECONDS: Final = 30.0


class Bounds:
    """ASGI middleware: at most `most` requests at once, `seconds` until an answer begins."""

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds
        self._under_way: Counter[bool] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; other kinds of scope pass."""
        if scope["type"] != "http" or scope[KIND] is Kind.FREE:
            await self._app(scope, receive, send)
            return
        ingest = scope[KIND] is Kind.INGEST
        if self._under_way[ingest] >= self._most:
            detail = f"{self._most} requests are under way (API_MAX_REQUESTS)"
            await _refuse(overloaded("overloaded", detail), scope, receive, send)
            return
        self._under_way[ingest] += 1
        try:
            if ingest:
                await self._app(scope, receive, send)
            else:
                await self._bounded(scope, receive, send)
        finally:
            self._under_way[ingest] -= 1

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        stated = Request(scope).headers.get("content-length", "")
        if stated.isdigit() and int(stated) > BODY_BYTES:
            await _refuse(_too_large(), scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = True
            limit.reschedule(None)  # a list that is streamed may take its time
            async with asyncio.timeout(_STALL_SECONDS):  # who does not read holds no place
                await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self._app(scope, _counted(receive), answer)
        except TimeoutError:
            if begun or not limit.expired():
                raise
            detail = f"it took longer than {self._seconds:g} s; ask for less"
            await _refuse(overloaded("too-slow", detail), scope, receive, send)


def _counted(receive: Receive) -> Receive:
    """The same messages, up to the body's limit."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_large().detail)
        return message

    return counted


def _too_large() -> Problem:
    detail = f"more than {BODY_BYTES} bytes; log lines go to /webhooks, files to /api/v1/uploads"
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", detail)


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    response = response_of(Request(scope), problem)
    await response(scope, receive, send)
