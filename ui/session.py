"""The session of a browser: a pure ASGI middleware around Dash.

It turns cookies into a Visit, sends who is not signed in to the login, refuses what another site
has sent, and lets renewed cookies out on HTTP answers. Tokens never reach a script.
"""

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import httpx
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import Unavailable
from schemas.roles import Role
from ui.client import Client, Renewals
from ui.cookies import VIEW, Jar, joined, parsed
from ui.hangup import COME_AGAIN, Hangup
from ui.html import refusal_page
from ui.live import Upstreams
from ui.origin import Site, is_loopback, is_our_own, login_path, site_of
from ui.policy import security_headers
from ui.problems import ApiProblem, SessionEnded
from ui.tokens import Tokens
from ui.visit import Me, Visit, view_of, visiting

EARLY_SECONDS: Final = 120.0  # before a token is over; assets/live.js asks a minute before that
CLOSE_SIGNED_OUT: Final = 4001  # the renderer's worker does not come back by itself after it
_OPEN: Final = ("/login", "/logout", "/api/health")
_OPEN_BELOW: Final = ("/assets/", "/_dash-component-suites/")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ACTION: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_LASTING: Final = "public, max-age="


@dataclass
class Gate:
    """What the middleware needs to know of this installation.

    `policy` is the content policy, known when Dash has made its pages' scripts.
    """

    http: httpx.AsyncClient
    renewals: Renewals
    jar: Jar
    live: Upstreams
    public_url: str
    policy: str = ""


class Arrival(NamedTuple):
    """A request before anybody looks into it."""

    scope: Scope
    headers: Headers
    site: Site
    peer: str

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def address(self) -> str:
        """Path and query, where the login leads back to."""
        query = self.scope.get("query_string", b"").decode("latin-1")
        return f"{self.path}?{query}" if query else self.path

    @property
    def is_page(self) -> bool:
        """Whether a person waits for a page, not a script for data."""
        wanted = "text/html" in self.headers.get("accept", "")
        return self.scope["type"] == "http" and wanted and not self.path.startswith("/_dash")


class Sessions:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or websocket; the lifespan passes."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        site = site_of(scope.get("scheme", "http"), headers.get("host", ""), self._gate.public_url)
        peer = scope["client"][0] if scope.get("client") else ""
        arrival = Arrival(scope, headers, site, peer)
        refusal = _refusal(arrival)
        if refusal is not None:
            await self._refuse(arrival, refusal, receive, send)
        elif arrival.path in _OPEN or arrival.path.startswith(_OPEN_BELOW):
            await self._app(scope, receive, self._guarded(arrival, None, send))
        else:
            await self._signed_in(arrival, receive, send)

    async def _signed_in(self, arrival: Arrival, receive: Receive, send: Send) -> None:
        gate = self._gate
        header = joined(arrival.headers.getlist("cookie"))
        tokens = gate.jar.read(header, secure=arrival.site.secure)
        if tokens is None:
            await self._refuse(arrival, _to_login(arrival), receive, send)
            return
        client = Client(
            gate.http,
            gate.renewals,
            tokens,
            headers_of(arrival),
            may_renew=arrival.scope["type"] == "http",
        )
        try:
            me = await _welcomed(client) if arrival.is_page else None
        except SessionEnded:
            refusal = _to_login(arrival)
            _set_cookies(refusal.headers, gate.jar.clear(secure=arrival.site.secure))
            await self._refuse(arrival, refusal, receive, send)
            return
        zone, phone = view_of(parsed(header).get(VIEW, ""))
        api_url = str(gate.http.base_url).rstrip("/")
        visit = Visit(client, me, tokens.session, zone, phone, api_url, gate.live, hold=client.hold)
        answer = self._guarded(arrival, client, send)
        if arrival.scope["type"] == "http":
            with visiting(visit):
                await self._app(arrival.scope, receive, answer)
            return
        line = Hangup(receive)
        with visiting(replace(visit, hang_up=line.hang_up)):
            await self._app(arrival.scope, line.receive, send)
        line.close()
        if line.asked:
            await send({"type": "websocket.close", "code": COME_AGAIN, "reason": "come again"})

    def _guarded(self, arrival: Arrival, client: Client | None, send: Send) -> Send:
        """Sends with our headers, and with the cookies that changed meanwhile."""
        gate = self._gate

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                secure = arrival.site.secure
                for name, value in security_headers(gate.policy, secure=secure).items():
                    headers[name] = value
                if not arrival.path.startswith(_OPEN_BELOW):
                    headers["cache-control"] = "no-store"
                if client is not None and client.renewed:
                    _set_cookies(headers, gate.jar.set(client.tokens, secure=secure))
            await send(message)

        return answer

    async def _refuse(
        self, arrival: Arrival, answer: Response, receive: Receive, send: Send
    ) -> None:
        if arrival.scope["type"] == "http":
            await answer(arrival.scope, receive, self._guarded(arrival, None, send))
            return
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": CLOSE_SIGNED_OUT, "reason": "signed out"})


def headers_of(arrival: Arrival) -> dict[str, str]:
    """What the API is told of the browser: its address, its program, the person's action."""
    action = arrival.headers.get("x-foreshock-action", "")
    hops = [*arrival.headers.getlist("x-forwarded-for"), arrival.peer]
    return {
        "X-Forwarded-For": ", ".join(hop for hop in hops if hop),
        "X-Forwarded-Proto": "https" if arrival.site.secure else "http",
        "X-Foreshock-Action": action if _ACTION.fullmatch(action) else secrets.token_hex(8),
        "User-Agent": arrival.headers.get("user-agent", "")[:300],
    }


async def _welcomed(client: Client) -> Me | None:
    """As `me_of`; a page begins with a token that is good until it looks after it by itself."""
    with suppress(Unavailable, ApiProblem):
        await client.hold(EARLY_SECONDS)
    return await me_of(client)


async def me_of(client: Any) -> Me | None:
    """Who is signed in; None while the API does not answer or has no such account page.

    Raises SessionEnded.
    """
    try:
        said = await client.get("/me")
    except (Unavailable, ApiProblem):
        return None
    return Me(
        id=str(said["id"]),
        username=str(said["username"]),
        name=str(said.get("name") or ""),
        role=Role(said["role"]),
        preferences=said.get("preferences") or {},
    )


def _refusal(arrival: Arrival) -> Response | None:
    """Why a request goes no further, whoever sent it."""
    plain = not arrival.site.secure and not (arrival.site.is_loopback and is_loopback(arrival.peer))
    if plain and arrival.path != "/api/health":
        words = (
            "Passwords and sessions would travel in the clear. Open the workspace with https://"
            " (and set UI_URL to that address), or on the machine itself."
        )
        return refusal_page("This connection is not encrypted", words)
    writes = arrival.scope["type"] == "websocket" or arrival.scope["method"] not in _SAFE
    headers = arrival.headers
    origin, fetch_site = headers.get("origin"), headers.get("sec-fetch-site")
    if writes and not is_our_own(origin, fetch_site, arrival.site):
        return refusal_page(
            "This request came from another site",
            f"It says it comes from {origin or 'nowhere'}, and this is {arrival.site.origin}."
            " Behind a proxy, set UI_URL to what people type.",
        )
    return None


def _to_login(arrival: Arrival) -> Response:
    if arrival.is_page:
        return RedirectResponse(login_path(arrival.address), HTTPStatus.SEE_OTHER)
    return JSONResponse({"detail": "signed out"}, HTTPStatus.UNAUTHORIZED)


def _set_cookies(headers: MutableHeaders, cookies: list[str]) -> None:
    for cookie in cookies:
        headers.append("set-cookie", cookie)


def tokens_in(scope: Scope, gate: Gate, site: Site) -> Tokens | None:
    """The tokens of a request to a route that needs no session, e.g. the logout."""
    header = joined(Headers(scope=scope).getlist("cookie"))
    return gate.jar.read(header, secure=site.secure)
