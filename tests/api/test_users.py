"""Accounts, as admins make, change and delete them; the last admin stays."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.roles import Role
from tests.api.serving import Served, serving
from tests.api.test_auth import PASSWORD, user
from tests.api.test_refusals import problem
from tests.stack import RunningStack
from tests.workers import installation

pytestmark = pytest.mark.stack

USERS = "/api/v1/users"


def admin_id(admin: httpx.Client) -> str:
    return str(admin.get("/api/v1/me").json()["id"])


def test_an_account_from_first_to_last(api: Served) -> None:
    asked = {"username": "Lin", "password": PASSWORD, "name": "Lin L.", "email": "lin@example.org"}
    with api.client() as admin:
        answer = admin.post(USERS, json=asked)
        assert answer.status_code == 201
        made = answer.json()
        address = answer.headers["location"]
        assert address == f"{USERS}/{made['id']}"
        assert set(made) == {
            *("id", "username", "name", "role", "email", "disabled"),
            *("created_at", "last_login_at", "version"),
        }
        assert (made["role"], made["disabled"], made["last_login_at"]) == ("viewer", False, None)
        changed = admin.patch(address, json={"name": "Lin Lin", "role": "operator"})
        assert changed.json() == {**made, "name": "Lin Lin", "role": "operator", "version": 2}
        found = admin.get(address)
        assert found.json() == changed.json()
        assert found.headers["etag"] == changed.headers["etag"] == '"2"'
        assert admin.delete(address).status_code == 204
        problem(admin.get(address), 404)
        problem(admin.delete(address), 404)
        problem(admin.patch(address, json={}), 404)


def test_a_change_to_what_was_not_seen_is_refused(api: Served) -> None:
    made = user(api, "versioned")
    address = f"{USERS}/{made['id']}"
    with api.client() as admin:
        for tag in ('"1"', 'W/"2"', "*", '"7", "4"'):
            answer = admin.patch(address, json={"name": tag}, headers={"If-Match": tag})
            assert answer.status_code == 200, answer.text
        answer = admin.patch(address, json={"name": "late"}, headers={"If-Match": '"2"'})
        assert "its version is 5" in problem(answer, 412)["detail"]
        problem(admin.delete(address, headers={"If-Match": '"1"'}), 412)
        assert admin.get(address).json()["name"] == '"7", "4"'


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "with space"},
        {"username": ""},
        {"username": "x" * 101},
        {"password": "short"},
        {"password": "password"},
        {"password": "x" * 1025},
        {"role": "root"},
        {"name": "two\nlines"},
        {"email": "nowhere"},
        {"is_admin": True},
    ],
    ids=str,
)
def test_what_cannot_be_is_named(api: Served, wrong: dict[str, Any]) -> None:
    asked = {"username": "fine", "password": PASSWORD, **wrong}
    with api.client() as admin:
        found = problem(admin.post(USERS, json=asked), 422)
    assert [error["in"] for error in found["errors"]] == [f"body.{next(iter(wrong))}"]
    assert "input" not in found["errors"][0]


def test_a_name_is_taken_once_in_any_case(api: Served) -> None:
    user(api, "Unique")
    with api.client() as admin:
        answer = admin.post(USERS, json={"username": "uNIQUE", "password": PASSWORD})
        assert problem(answer, 409)["type"].endswith(":taken")


def test_the_list_is_paged_by_name(api: Served) -> None:
    for name in ("page-b", "Page-A", "page-c"):
        user(api, name)
    found: list[str] = []
    with api.client() as admin:
        address, pages = f"{USERS}?limit=2", 0
        while address:
            answer = admin.get(address)
            page = answer.json()
            assert len(page["items"]) <= 2
            found += [item["username"] for item in page["items"]]
            address = answer.links["next"]["url"] if "next" in answer.links else ""
            assert bool(address) == bool(page["next_cursor"])
            pages += 1
        everybody = len(found)
        admins = admin.get(f"{USERS}?role>=admin&disabled=false&q=ADM").json()
        csv = admin.get(f"{USERS}?q=page-", headers={"Accept": "text/csv"})
        problem(admin.get(f"{USERS}?role=root"), 422)
        problem(admin.get(f"{USERS}?cursor=none"), 422)
        problem(admin.get(f"{USERS}?limit=1001"), 422)
    assert pages > 1
    assert page["total"] == everybody
    assert [item["username"] for item in admins["items"]] == ["admin"]
    assert [row.split(",")[1] for row in csv.text.splitlines()] == [
        *("username", "Page-A", "page-b", "page-c")
    ]
    assert found == sorted(found, key=str.lower)
    assert {"page-b", "Page-A", "page-c"} <= set(found)


@pytest.fixture
def lone(stack: RunningStack, tmp_path: Path) -> Any:
    """An API whose only user is the first admin."""
    with serving(installation(stack)) as served:
        yield served


def test_the_last_enabled_admin_cannot_be_removed(lone: Served) -> None:
    with lone.client() as admin:
        address = f"{USERS}/{admin_id(admin)}"
        other = user(lone, "second", Role.ADMIN)
        admin.patch(f"{USERS}/{other['id']}", json={"disabled": True})
        for change in ({"role": "operator"}, {"disabled": True}):
            assert problem(admin.patch(address, json=change), 409)["type"].endswith(":last-admin")
        problem(admin.delete(address), 409)
        assert admin.patch(address, json={"name": "Still here"}).status_code == 200
        admin.patch(f"{USERS}/{other['id']}", json={"disabled": False})
        assert admin.delete(address).status_code == 204


def test_two_admins_who_remove_each_other_leave_one(lone: Served) -> None:
    others = [user(lone, f"rival-{n}", Role.ADMIN) for n in range(4)]
    tokens = [lone.log_in(other["username"], PASSWORD)["access_token"] for other in others]
    with lone.client() as admin:
        admin.delete(f"{USERS}/{admin_id(admin)}")

    def demote(token: str, victim: dict[str, Any]) -> int:
        with lone.with_token(token) as client:
            return client.patch(f"{USERS}/{victim['id']}", json={"role": "viewer"}).status_code

    with ThreadPoolExecutor(4) as pool:
        victims = [*others[1:], others[0]]
        found = list(pool.map(demote, tokens, victims))
    assert set(found) <= {200, 401, 403, 409}
    left = [
        other
        for other in others
        if lone.log_in(other["username"], PASSWORD)["user"]["role"] == "admin"
    ]
    assert left
