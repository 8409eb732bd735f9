"""Every route declares exactly one permission, and lets in who has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from starlette.routing import Mount

from api.app import create_app
from api.permits import Permit
from schemas.roles import LEAST_ROLE, Permission, Role, may
from schemas.settings import load
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
READ_BY = {
    "/api/v1/me": Permission.OWN_ACCOUNT,
    "/api/v1/me/sessions": Permission.OWN_ACCOUNT,
    "/api/v1/users": Permission.WRITE_USERS,
    "/api/v1/audit": Permission.READ_AUDIT,
    "/api/v1/keys": Permission.WRITE_KEYS,
    "/api/v1/settings": Permission.READ_SETTINGS,
}


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


def permits(dependant: Dependant) -> Iterator[Permission]:
    if isinstance(dependant.call, Permit):
        yield dependant.call.permission
    for below in dependant.dependencies:
        yield from permits(below)


def declared(app: FastAPI) -> dict[str, list[Permission]]:
    """Each route, by methods and path, with its permissions; what is no route of ours has none."""
    found = {}
    for route in iter_route_contexts(app.routes):
        known = isinstance(route.original_route, APIRoute | APIWebSocketRoute)
        name = " ".join((*sorted(route.methods or ()), str(route.path)))
        assert name not in found, "two routes at one address: the second is never reached"
        found[name] = list(permits(route.dependant)) if known else []
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


@pytest.mark.stack
@pytest.mark.parametrize("path", READ_BY)
@pytest.mark.parametrize("role", Role)
def test_who_may_read_what(api: Served, role: Role, path: str) -> None:
    with api.as_role(role) as client:
        answer = client.get(path)
    if may(role, READ_BY[path]):
        assert answer.status_code == 200, answer.text
    else:
        least = LEAST_ROLE[READ_BY[path]]
        assert problem(answer, 403)["detail"] == f"this takes the role {least}; yours is {role}"
