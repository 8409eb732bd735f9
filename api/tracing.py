"""Every request: its trace (W3C traceparent, in and out) and its line in the access log."""

import re
import secrets
import time
from typing import Any, Final, NamedTuple

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_KEY: Final = "foreshock.trace"
_QUIET: Final = frozenset(
    {"/health", "/healthz", "/readiness", "/readyz", "/metrics"}
)  # asked every few seconds

_REQUESTS = Counter("foreshock_http_requests_total", "Requests answered.", ["route", "status"])
_SECONDS = Histogram("foreshock_http_request_seconds", "From first byte to answer.", ["route"])

_log = structlog.get_logger("access")


class Trace(NamedTuple):
    """`parent` is what goes on: the sender's trace, with a span of ours."""

    id: str
    parent: str


def trace_of(traceparent: str | None) -> Trace:
    """Goes on with the sender's trace, or begins one where there is none or it is malformed.

    Source: W3C Trace Context, section 3.2: ids of zeros and version ff are invalid.
    """
    found = _TRACEPARENT.fullmatch(traceparent or "")
    valid = found and int(found[1], 16) and int(found[2], 16) and found[0][:2] != "ff"
    identity, flags = (found[1], found[3]) if found and valid else (secrets.token_hex(16), "01")
    return Trace(identity, f"00-{identity}-{secrets.token_hex(8)}-{flags}")


def trace_in(scope: Scope) -> Trace:
    """The trace of the request that this scope belongs to."""
    trace: Trace = scope[_KEY]
    return trace


def note(scope: Scope, **fields: Any) -> None:
    """Say more in the request's line of the access log."""
    scope.setdefault("foreshock.notes", {}).update(fields)


class Tracing:
    """ASGI middleware around everything but the handler of unknown errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; other kinds of scope pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = scope[_KEY] = trace_of(Headers(scope=scope).get("traceparent"))
        started, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["traceparent"] = trace.parent
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            _say(scope, trace, status, time.perf_counter() - started)


def _say(scope: Scope, trace: Trace, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "other")
    _REQUESTS.labels(route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)
    if route in _QUIET and status < 400:
        return
    client = scope.get("foreshock.client") or scope.get("client")  # the believed one first
    _log.info(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=status,
        ms=round(seconds * 1000, 1),
        client=client[0] if client else "",
        trace_id=trace.id,
        **scope.get("foreshock.notes", {}),
    )
