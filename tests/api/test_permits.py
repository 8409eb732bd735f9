"""Every route declares exactly one permission, and lets in who has it."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import Mount
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from api.app import create_app
from schemas.live import Close
from schemas.roles import LEAST_ROLE, Permission, Role, may
from schemas.settings import load
from tests.api.callers import Route, Who, everybody, routes
from tests.api.listening import PATIENCE_SECONDS, address, ticket
from tests.api.serving import Served
from tests.api.test_refusals import problem

OWN = (
    "/api/v1/auth/logout",
    "/api/v1/me",
    "/api/v1/me/password",
    "/api/v1/me/sessions",
    "/api/v1/users",
    "/api/v1/audit",
    "/api/v1/settings",
    "/api/v1/keys",
)
# By a ticket, which whoever may read gets; no token opens them.
BY_TICKET = ("/api/v1/stream", "/ws")
JSON = {"Content-Type": "application/json"}


def application(tmp_path: Path) -> FastAPI:
    secret = "only for this test, and long enough"
    settings = load(
        data_dir=tmp_path,
        kafka_bootstrap_servers="127.0.0.1:1",
        database_url="postgresql://nobody@127.0.0.1:1/none",
        jwt_secret_key=secret,
        _env_file=None,
    )
    return create_app(settings)


def declared(app: FastAPI) -> dict[str, list[Permission]]:
    """Each route, by method and path, with its permissions."""
    found = {}
    for route in routes(app):
        assert route.name not in found, "two routes at one address: the second is never reached"
        found[route.name] = route.permissions
    return found


def undeclared(app: FastAPI) -> list[str]:
    return [name for name, found in declared(app).items() if len(found) != 1]


async def test_every_route_declares_exactly_one_permission(tmp_path: Path) -> None:
    app = application(tmp_path)
    assert undeclared(app) == []
    assert set(OWN) <= {name.partition(" ")[2] for name in declared(app)}


async def test_a_route_without_a_permission_is_found(tmp_path: Path) -> None:
    app = application(tmp_path)
    app.get("/forgotten")(lambda: None)
    app.router.routes.append(Mount("/mounted", app=FastAPI()))
    assert undeclared(app) == ["GET /forgotten", "/mounted"]


async def test_only_these_need_no_login(tmp_path: Path) -> None:
    app = application(tmp_path)
    public = {name for name, found in declared(app).items() if found == [Permission.PUBLIC]}
    assert public == {
        "GET /",
        "GET /health",
        "GET /healthz",
        "GET /readiness",
        "GET /readyz",
        "GET /api/v1/docs",
        "GET /metrics",
        "GET /api/v1/openapi.json",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/refresh",
    }


async def test_the_document_says_what_each_route_asks(tmp_path: Path) -> None:
    paths = application(tmp_path).openapi()["paths"]
    assert paths["/api/v1/users"]["get"]["security"] == [{"login": []}]
    assert paths["/webhooks/generic"]["post"]["security"] == [{"key": []}]
    assert "security" not in paths["/api/v1/auth/login"]["post"]


def expected(who: Who, route: Route) -> int | None:
    """401 or 403 where the caller must be refused; None where he may."""
    (permission,) = route.permissions
    if permission is Permission.PUBLIC:
        return None
    if permission is Permission.INGEST:
        return None if who.producer else 401
    if who.role is None or route.path in BY_TICKET:
        return 401
    return None if may(who.role, permission) else 403


def wrongs(api: Served, found: list[Route], who: Who) -> list[str]:
    """Routes that answer this caller with anything else than the table says.

    Nothing is called for real: bodies are malformed and names are of nothing, so whoever gets
    past the permission is told that.
    """
    wrong = []
    with api.anyone(**who.headers) as client:
        for route in found:
            answer = client.request(route.method, route.url, content=b"{", headers=JSON)
            refused = answer.status_code if answer.status_code in (401, 403) else None
            if refused != expected(who, route) or answer.status_code in (405, 500):
                wrong.append(f"{who.name}: {route.name}: {answer.status_code} {answer.text}")
            elif refused:
                problem(answer, refused)
    return wrong


@pytest.mark.stack
def test_each_route_lets_in_whom_the_table_says(api: Served, tmp_path: Path) -> None:
    found = [route for route in routes(application(tmp_path)) if route.method]
    found.sort(key=lambda route: "logout" in route.path)  # the session ends last
    assert len(found) >= 80
    wrong = [one for who in everybody(api) for one in wrongs(api, found, who)]
    assert wrong == []
    api.tokens.clear()


@pytest.mark.stack
def test_a_ticket_opens_what_lives_on_and_nothing_else_does(api: Served) -> None:
    for who in everybody(api):
        with api.anyone(**who.headers) as client:
            answer = client.post("/api/v1/live/tickets")
        used = answer.json()["ticket"] if who.role else "none of ours"
        assert answer.status_code == (201 if who.role else 401), who.name
        with (
            api.anyone() as client,
            client.stream("GET", BY_TICKET[0], params={"ticket": used}) as s,
        ):
            assert s.status_code == (200 if who.role else 401), who.name
        assert open_socket(api, used) == Close.NOT_PERMITTED  # used, or none
    assert open_socket(api, ticket(api)) is None


def open_socket(api: Served, used: str) -> int | None:
    """What a WebSocket is closed with; None when it gets an event."""
    with connect(address(api, used)) as socket:
        try:
            socket.recv(timeout=PATIENCE_SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
    return None


@pytest.mark.stack
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_a_refusal_says_which_role_it_takes(api: Served, role: Role) -> None:
    with api.as_role(role) as client:
        found = problem(client.get("/api/v1/users"), 403)
    least = LEAST_ROLE[Permission.WRITE_USERS]
    assert found["detail"] == f"this takes the role {least}; yours is {role}"


@pytest.mark.stack
def test_a_body_that_cannot_be_read_is_told_who_may_send_it(api: Served) -> None:
    for body, status in ((b"{", 422), (b"\xff", 400), (b"[" * 100_000, 400)):
        with api.anyone() as client:
            problem(client.post("/api/v1/users", content=body, headers=JSON), 401)
        with api.client() as client:
            problem(client.post("/api/v1/users", content=body, headers=JSON), status)
