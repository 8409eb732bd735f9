"""Every route declares exactly one permission, and lets in who has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount

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
)
READ_BY = {
    "/api/v1/me": Permission.OWN_ACCOUNT,
    "/api/v1/me/sessions": Permission.OWN_ACCOUNT,
    "/api/v1/users": Permission.WRITE_USERS,
    "/api/v1/audit": Permission.READ_AUDIT,
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
    return create_app(settings, "key")


def permits(dependant: Dependant) -> Iterator[Permission]:
    if isinstance(dependant.call, Permit):
        yield dependant.call.permission
    for below in dependant.dependencies:
        yield from permits(below)


def declared(route: BaseRoute) -> list[Permission]:
    """The permissions of a route; what is no route of ours has none."""
    known = isinstance(route, APIRoute | APIWebSocketRoute)
    return list(permits(route.dependant)) if known else []


def undeclared(app: FastAPI) -> list[str]:
    return [
        getattr(route, "path", repr(route)) for route in app.routes if len(declared(route)) != 1
    ]


async def test_every_route_declares_exactly_one_permission(tmp_path: Path) -> None:
    app = application(tmp_path)
    assert undeclared(app) == []
    assert set(OWN) <= {getattr(route, "path", "") for route in app.routes}


async def test_a_route_without_a_permission_is_found(tmp_path: Path) -> None:
    app = application(tmp_path)
    app.get("/forgotten")(lambda: None)
    app.router.routes.append(Mount("/mounted", app=FastAPI()))
    assert undeclared(app) == ["/forgotten", "/mounted"]


async def test_only_these_need_no_login(tmp_path: Path) -> None:
    app = application(tmp_path)
    public = {
        getattr(route, "path", "") for route in app.routes if declared(route) == [Permission.PUBLIC]
    }
    assert public == {
        "/",
        "/health",
        "/readiness",
        "/metrics",
        "/api/v1/openapi.json",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
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
