"""Idempotency-Key: a POST under /api/v1 that is sent again is answered again, and done once.

The first attempt claims the key in Postgres, its successful answer is kept for a day, and an
attempt that failed lets go. Whoever sends another request under the same key is told so.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.database import Database
from api.kinds import Kind, route_path
from api.limits import KIND
from api.problems import Problem
from connectors.stores import idempotency
from schemas.errors import Unavailable
from schemas.keys import without_keys

_CHARACTERS: Final = 200
_BODY_BYTES: Final = 256 * 1024  # a longer answer is not kept
_KEPT_HEADERS: Final = ("content-type", "location", "etag", "link")
_CLAIM: Final = "foreshock.claim"
_NAME: Final = "foreshock.same-request"

_log = structlog.get_logger()


class _AnsweredBefore(Exception):
    """Ends a request with what was answered to its first attempt."""

    def __init__(self, response: Response) -> None:
        super().__init__("answered before")
        self.response = response


async def begin(request: Request, caller: str) -> None:
    """To be called when the caller is known; does nothing without the header.

    Raises Problem: 409 while another attempt is at work, 422 for another request under this key.
    """
    key = request.headers.get("idempotency-key", "").strip()
    wanted = request.method == "POST" and request.scope[KIND] is Kind.WRITE
    if not key or not wanted:
        return
    if len(key) > _CHARACTERS or not (key.isascii() and key.isprintable()):
        errors = [{"in": "Idempotency-Key", "detail": f"at most {_CHARACTERS} of ASCII"}]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "invalid-request", "see errors", errors=errors)
    claim, digest = secrets.token_hex(16), await _digest(request)
    request.scope[_NAME] = _name(request, caller, key, digest)
    async with request.app.state.database.writing() as connection:
        known = await idempotency.claim(connection, caller, key, digest, claim)
    if known is None:
        request.scope[_CLAIM] = claim
    else:
        raise _outcome(known, digest)


def name_of(request: Request) -> str | None:
    """64 hex digits: the same for each attempt of a request under its key, whatever became of the
    others, and for no other request. None without a key.
    """
    name: str | None = request.scope.get(_NAME)
    return name


def _name(request: Request, caller: str, key: str, digest: bytes) -> str:
    said = [caller, key, request.headers.get("if-match", "")]
    return hmac.digest(_secret(request), repr(said).encode() + digest, hashlib.sha256).hex()


def _outcome(known: idempotency.Answered, digest: bytes) -> Exception:
    if known.request != digest:
        detail = "this Idempotency-Key was used for another request; take a new one"
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail)
    if known.status is None:
        detail = "the first attempt is still at work"
        return Problem(
            HTTPStatus.CONFLICT, "request-under-way", detail, headers={"Retry-After": "1"}
        )
    headers = {**known.headers, "Idempotency-Replayed": "true"}
    return _AnsweredBefore(Response(known.body, known.status, headers))


async def _digest(request: Request) -> bytes:
    path = f"{request.method} {route_path(request.scope)}?{request.url.query}\n"
    body = await request.body()  # it may hold a password
    return hmac.digest(_secret(request), path.encode() + body, hashlib.sha256)


def _secret(request: Request) -> bytes:
    secret: str = request.app.state.settings.api_key_secret.get_secret_value()
    return secret.encode()


def add_idempotency(app: FastAPI) -> None:
    """To be called before other middleware is added: it stands next to the routes."""
    app.add_exception_handler(_AnsweredBefore, _again)
    app.add_middleware(Remembering, database=app.state.database)


async def _again(_request: Request, error: Exception) -> Response:
    assert isinstance(error, _AnsweredBefore)  # noqa: S101 - registered for it
    return error.response


class Remembering:
    """ASGI middleware: keeps the answer of a request that `begin` claimed, before it goes out."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; without a claim its answer passes as it comes."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def answer(message: Message) -> None:
            if _CLAIM not in scope:
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await self._keep(scope, held)
                for one in held:
                    await send(one)
                held.clear()

        try:
            await self._app(scope, receive, answer)
        finally:
            if _CLAIM in scope:  # it ended without an answer
                await asyncio.shield(self._end(scope.pop(_CLAIM), 0, {}, b""))

    async def _keep(self, scope: MutableMapping[str, Any], held: list[Message]) -> None:
        start = held[0]
        body = b"".join(message.get("body", b"") for message in held[1:])
        said = Headers(raw=start["headers"])
        headers = {name: said[name] for name in _KEPT_HEADERS if name in said}
        await self._end(scope.pop(_CLAIM), start["status"], headers, body)

    async def _end(self, claim: str, status: int, headers: dict[str, str], body: bytes) -> None:
        """A key that is shown once is not kept: who asks again sees that it was made."""
        try:
            async with self._database.writing() as connection:
                if 200 <= status < 300 and len(body) <= _BODY_BYTES:
                    kept = without_keys(body.decode("utf-8", "replace")).encode()
                    await idempotency.answer(connection, claim, status, headers, kept)
                else:
                    await idempotency.let_go(connection, claim)
        except Unavailable as error:
            _log.warning("answer_not_kept", reason=str(error))
