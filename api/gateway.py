"""Around every request: who asks, what is refused at once, what every answer says."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.clients import Client, Clients, keep_client
from api.kinds import kind_of, route_path
from api.limits import HEADERS, KIND
from api.problems import Problem, response_of

# Names under which programs put a key into a URL, where proxies and histories would keep it.
_KEY_NAMES: Final = frozenset({"key", "api_key", "apikey", "api-key", "x-api-key", "access_token"})
_POLICY_VIOLATION: Final = 1008  # of RFC 6455
_YEAR: Final = 31_536_000
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_NOT_KEPT: Final = {"Cache-Control": "no-store"}


class Gateway:
    """ASGI middleware; needs the trace of `Tracing`. A socket gets its client, nothing else."""

    def __init__(self, app: ASGIApp, clients: Clients) -> None:
        self._app = app
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket."""
        if scope["type"] == "websocket" and not self._knows(scope):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = route_path(scope)
        scope[KIND] = kind_of(scope["method"], path)
        nobody = Client(scope["client"][0] if scope.get("client") else "", False, False, "")
        keep_client(scope, nobody)
        said = {**_ALWAYS, **(_NOT_KEPT if path.startswith("/api/") else {})}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), {**said, **scope.get(HEADERS, {})})
            await send(message)

        try:
            client = self._clients.of(scope)
            keep_client(scope, client)
            if client.https:
                said["Strict-Transport-Security"] = f"max-age={_YEAR}"
            refuse_key_in_url(scope["query_string"])
        except Problem as problem:
            response = response_of(Request(scope), problem)
            await response(scope, receive, answer)
            return
        await self._app(scope, receive, answer)

    def _knows(self, scope: Scope) -> bool:
        """Keeps a socket's client; False when it may not be opened."""
        try:
            keep_client(scope, self._clients.of(scope))
            refuse_key_in_url(scope["query_string"])
        except Problem:
            return False
        return True


def refuse_key_in_url(query: bytes) -> None:
    """Raises Problem 400; the key itself is repeated nowhere."""
    if b"key" not in query.lower() and b"access_token" not in query.lower():
        return
    if found := sorted(set(_names(query)) & _KEY_NAMES):
        detail = f"?{found[0]}= holds no key here: send it in a header, and make a new one"
        raise Problem(HTTPStatus.BAD_REQUEST, "key-in-url", detail)


def _names(query: bytes) -> Iterator[str]:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return (name.lower() for name, _ in pairs)


def _add(headers: MutableHeaders, said: Mapping[str, str]) -> None:
    """What a route has said itself, stays."""
    for name, value in said.items():
        headers.setdefault(name, value)
