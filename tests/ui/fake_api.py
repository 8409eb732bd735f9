"""An API of the contract for tests of the workspace: in memory, with knobs to make it fail.

`Fake.answers` holds what GETs below /api/v1 answer, by path; tests and pages add theirs.
"""

import asyncio
import time
from typing import Any

import jwt
from fastapi import FastAPI, Request, WebSocket
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocketDisconnect

from tests.ui.fake_uploads import Uploads, add_uploads

_KEY = "a key of 32 bytes for tests alone"
_USER = {"id": "u1", "username": "ada", "name": "Ada Lovelace", "role": "admin"}


class Fake:
    """The state of the fake; `calls` are (method, path, headers) in order."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.preferences: dict[str, Any] = {}
        self.role = "admin"
        self.access_seconds = 1800.0
        self.generation = 1
        self.previous_until = 0.0
        self.ended = False
        self.down = False
        self.slow: dict[str, float] = {}  # path → seconds before it is answered
        self.tickets: set[str] = set()
        self.sockets: set[WebSocket] = set()
        self.uploads = Uploads()

    def tokens(self) -> dict[str, Any]:
        now = time.time()
        claims = {"sid": "s1", "sub": "u1", "iat": int(now), "exp": now + self.access_seconds}
        claims["generation"] = self.generation
        return {
            "access_token": jwt.encode(claims, _KEY, "HS256"),
            "token_type": "bearer",
            "expires_in": self.access_seconds,
            "refresh_token": f"refresh-{self.generation}",
            "refresh_expires_in": 604_800,
            "user": {**_USER, "role": self.role},
        }

    def is_let_in(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self.ended:
            return False
        try:
            jwt.decode(token, _KEY, algorithms=["HS256"], options={"verify_iat": False})
        except jwt.InvalidTokenError:
            return False
        return True

    async def publish(self, topic: str, kind: str, data: dict[str, Any]) -> None:
        """To every live connection."""
        event = {"cursor": f"{topic}:0:{time.time_ns()}:0", "topic": topic, "kind": kind}
        for socket in list(self.sockets):
            await socket.send_json({**event, "data": data})


def problem(status: int, kind: str, detail: str) -> JSONResponse:
    """RFC 9457, as the API writes it."""
    body = {"type": kind, "title": kind, "status": status, "detail": detail, "trace_id": "7f3a"}
    return JSONResponse(body, status, media_type="application/problem+json")


def create_fake(fake: Fake) -> FastAPI:
    """The application; serve it with uvicorn or ask it through httpx.ASGITransport."""
    app = FastAPI()

    @app.middleware("http")
    async def noted(request: Request, following: Any) -> Response:
        fake.calls.append((request.method, request.url.path, dict(request.headers)))
        if fake.down:
            return problem(503, "unavailable", "the database is away")
        await asyncio.sleep(fake.slow.get(request.url.path.removeprefix("/api/v1/"), 0))
        answer: Response = await following(request)
        return answer

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "checks": {}}

    _add_auth(app, fake)
    _add_live(app, fake)
    add_uploads(app, fake.uploads)
    _add_account(app, fake)
    return app


def _add_auth(app: FastAPI, fake: Fake) -> None:
    @app.post("/api/v1/auth/login")
    async def login(request: Request) -> Response:
        typed = await request.json()
        if typed != {"username": "ada", "password": "right-password"}:
            return problem(401, "wrong-credentials", "user name or password is wrong")
        fake.ended = False
        return JSONResponse(fake.tokens())

    @app.post("/api/v1/auth/refresh")
    async def refresh(request: Request) -> Response:
        given = (await request.json())["refresh_token"]
        known = given == f"refresh-{fake.generation}"
        graced = given == f"refresh-{fake.generation - 1}" and time.time() < fake.previous_until
        if fake.ended or not (known or graced):
            return problem(401, "session-ended", "log in again")
        if known:
            fake.generation += 1
            fake.previous_until = time.time() + 10
        return JSONResponse(fake.tokens())

    @app.post("/api/v1/auth/logout")
    async def logout() -> Response:
        fake.ended = True
        return Response(status_code=204)


def _add_live(app: FastAPI, fake: Fake) -> None:
    @app.post("/api/v1/live/tickets")
    async def ticket(request: Request) -> Response:
        if not fake.is_let_in(request):
            return problem(401, "token-expired", "refresh it")
        made = f"ticket-{time.time_ns()}"
        fake.tickets.add(made)
        return JSONResponse({"ticket": made, "expires_in": 30}, 201)

    @app.websocket("/ws")
    async def ws(socket: WebSocket, ticket: str) -> None:
        await socket.accept()
        if ticket not in fake.tickets:
            await socket.close(4401, "ticket")
            return
        fake.tickets.discard(ticket)
        fake.sockets.add(socket)
        beat = asyncio.create_task(_beat(socket))
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            fake.sockets.discard(socket)
        finally:
            beat.cancel()


def _add_account(app: FastAPI, fake: Fake) -> None:
    @app.patch("/api/v1/me")
    async def change(request: Request) -> Response:
        fake.preferences |= (await request.json()).get("preferences") or {}
        return await anything("me", request)

    @app.api_route("/api/v1/{path:path}", methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
    async def anything(path: str, request: Request) -> Response:
        if not fake.is_let_in(request):
            return problem(401, "token-expired", "the access token has expired")
        if path == "me" and request.method in ("GET", "PATCH"):
            me = {**_USER, "role": fake.role, "preferences": fake.preferences}
            return JSONResponse(me)
        answer = fake.answers.get(path if request.method == "GET" else f"{request.method} {path}")
        if isinstance(answer, Response):
            return answer
        if callable(answer):
            await request.body()  # so that an answer can read it without waiting
            answer = answer(request)
        if answer is None:
            return problem(404, "not-found", f"there is no {path}")
        return JSONResponse(answer)


async def _beat(socket: WebSocket) -> None:
    while True:
        beat = {"cursor": "alerts:0:0:0", "topic": "", "kind": "heartbeat"}
        await socket.send_json({**beat, "data": {"at": time.time(), "degraded": ""}})
        await asyncio.sleep(5)
