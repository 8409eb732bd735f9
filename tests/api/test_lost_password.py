"""A password that was lost: made anew by whoever runs the instance, without a login."""

import asyncio
from typing import Any

import pytest

from connectors.first_admin import first_login
from connectors.lost_password import replace_password
from schemas.errors import UserError
from schemas.roles import Role
from tests.api.serving import Served
from tests.api.test_refusals import problem

pytestmark = pytest.mark.stack


def test_the_new_password_is_the_only_one_and_the_audit_log_tells_it(api: Served) -> None:
    with api.client():
        held = api.tokens[Role.ADMIN]
    before = first_login(api.settings.data_dir)
    assert before is not None
    made = asyncio.run(replace_password(api.settings, before.username.upper()))
    assert first_login(api.settings.data_dir) is None
    with api.anyone() as client:
        asked = {"username": before.username, "password": before.password}
        problem(client.post("/api/v1/auth/login", json=asked), 401)
    found = api.log_in(before.username, made)
    with api.with_token(held) as client:
        problem(client.get("/api/v1/me"), 401)
    with api.with_token(found["access_token"]) as client:
        told: list[dict[str, Any]] = client.get("/api/v1/audit").json()["items"]
    entry = next(one for one in told if one["actor"] == "the command line")
    assert entry["object"] == f"users/{found['user']['id']}"
    assert made not in str(told)


def test_who_is_not_there_is_told_who_is(api: Served) -> None:
    with pytest.raises(UserError, match="nobody-here: no such user") as raised:
        asyncio.run(replace_password(api.settings, "nobody-here"))
    assert "admin" in raised.value.remedy
