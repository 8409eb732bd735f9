"""Login and logout: plain forms, posted to the workspace, which asks the API."""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse, RedirectResponse, Response

from schemas.errors import Unavailable
from ui.client import Client, ask
from ui.html import login_page
from ui.origin import Site, is_loopback, next_path, site_of
from ui.problems import ApiProblem, SessionEnded
from ui.session import EARLY_SECONDS, Arrival, Gate, headers_of, tokens_in
from ui.tokens import Tokens, tokens_of
from ui.visit import visit

_LONGEST = 4096
_SELDOM_SECONDS = 3600.0  # a page asks again, also of a token without an end


class FirstLogin(BaseModel):
    """The login that was made at the first start, as its file holds it."""

    username: str
    password: str


def routes(gate: Gate, data_dir: Path) -> APIRouter:
    """The routes; the first login is read from `data_dir` and shown on loopback alone."""
    router = APIRouter()

    @router.get("/login", include_in_schema=False)
    async def form(request: Request) -> Response:
        """The form."""
        return login_page(_leads_to(request), demo=_first_login(request, gate, data_dir))

    @router.post("/login", include_in_schema=False)
    async def login(request: Request) -> Response:
        """Into the workspace, or the form again with what was wrong."""
        typed = await _typed(request)
        username = typed.get("username", "")
        arrival = _arrival(request, gate)
        found = await _ask_for_tokens(gate, arrival, username, typed.get("password", ""))
        if isinstance(found, Tokens):
            answer = RedirectResponse(_leads_to(request), HTTPStatus.SEE_OTHER)
            for cookie in gate.jar.set(found, secure=arrival.site.secure):
                answer.headers.append("set-cookie", cookie)
            return answer
        status, error = found
        demo = _first_login(request, gate, data_dir)
        return login_page(
            _leads_to(request), error=error, username=username, demo=demo, status=status
        )

    @router.post("/logout", include_in_schema=False)
    async def logout(request: Request) -> Response:
        """Ends the session at the API, too; without an API this browser forgets it all the same."""
        arrival = _arrival(request, gate)
        tokens = tokens_in(request.scope, gate, arrival.site)
        if tokens is not None:
            client = Client(gate.http, gate.renewals, tokens, headers_of(arrival))
            await _end(client)
        answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
        for cookie in gate.jar.clear(secure=arrival.site.secure):
            answer.headers.append("set-cookie", cookie)
        return answer

    @router.post("/session", include_in_schema=False)
    async def renew() -> Response:
        """Asks who is signed in, and renews the cookies of a page before they are over.

        Else a page that only listens would keep old ones, and one whose answer is slow would go on
        with those that were renewed for that answer. Says for how many seconds they are good.
        """
        here = visit()
        try:
            await here.api.get("/me")
            left = await here.hold(EARLY_SECONDS) if here.hold else 0.0
        except SessionEnded:
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        except (Unavailable, ApiProblem):
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse({"seconds": min(left, _SELDOM_SECONDS)})

    return router


async def _end(client: Client) -> None:
    try:
        await client.send("POST", "/auth/logout")
    except (Unavailable, ApiProblem, SessionEnded):
        return  # nothing to end, or nobody to tell: the token dies by its age


async def _ask_for_tokens(
    gate: Gate, arrival: Arrival, username: str, password: str
) -> Tokens | tuple[int, str]:
    body = {"username": username, "password": password}
    try:
        status, answer = await ask(
            gate.http, "POST", "/api/v1/auth/login", json=body, headers=headers_of(arrival)
        )
    except Unavailable as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, f"{error}. Try again in a moment."
    if status == HTTPStatus.OK:
        return tokens_of(answer)
    return (status, _words(status, answer))


def _words(status: int, answer: Any) -> str:
    detail = answer.get("detail") if isinstance(answer, dict) else None
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY):
        return "User name or password is wrong."
    return str(detail or f"The API answered {status}.").capitalize()


def _first_login(request: Request, gate: Gate, data_dir: Path) -> tuple[str, str] | None:
    peer = request.client.host if request.client else ""
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    if forwarded or not (_arrival(request, gate).site.is_loopback and is_loopback(peer)):
        return None
    try:
        text = (data_dir / "admin.login.json").read_bytes()
        login = FirstLogin.model_validate_json(text)
    except (OSError, ValidationError):
        return None  # the password was changed or given, or the file is not ours to read
    return login.username, login.password


def _leads_to(request: Request) -> str:
    return next_path(request.query_params.get("next"))


def _arrival(request: Request, gate: Gate) -> Arrival:
    peer = request.client.host if request.client else ""
    site: Site = site_of(request.url.scheme, request.headers.get("host", ""), gate.public_url)
    return Arrival(request.scope, request.headers, site, peer)


async def _typed(request: Request) -> dict[str, str]:
    """The form's fields; one that is too long or not a form's holds nothing."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
