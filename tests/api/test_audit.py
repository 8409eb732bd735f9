"""Every write in the audit log: who, when, from where, before and after; never a secret."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from schemas.audit import REDACTED
from tests.api.serving import Served
from tests.api.test_auth import PASSWORD, user
from tests.api.test_refusals import problem

pytestmark = pytest.mark.stack

AUDIT, USERS, ME = "/api/v1/audit", "/api/v1/users", "/api/v1/me"


def entries(admin: httpx.Client, query: str) -> list[dict[str, Any]]:
    answer = admin.get(f"{AUDIT}?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_who_when_from_where_before_and_after(api: Served) -> None:
    made = user(api, "watched")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with api.client(traceparent=f"00-{trace}-00f067aa0ba902b7-01") as admin:
        change = {"role": "viewer", "password": "a second quiet afternoon"}
        admin.patch(f"{USERS}/{made['id']}", json=change)
        admin.delete(f"{USERS}/{made['id']}")
        me = admin.get(ME).json()
        deleted, changed, created = entries(admin, f"object=users/{made['id']}")
    assert [e["action"] for e in (deleted, changed, created)] == [
        *("users.delete", "users.update", "users.create")
    ]
    assert (changed["actor"], changed["actor_id"], changed["actor_kind"]) == (
        *("admin", me["id"]),
        "user",
    )
    assert (changed["session"], changed["address"]) == (me["session"], "127.0.0.1")
    assert changed["trace_id"] == trace
    at = datetime.fromisoformat(changed["at"])
    assert datetime.now(UTC) - timedelta(minutes=10) < at <= datetime.now(UTC)
    assert (changed["before"]["role"], changed["after"]["role"]) == ("analyst", "viewer")
    assert "password" not in changed["before"]
    assert changed["after"]["password"] == REDACTED
    assert (created["before"], deleted["after"]) == (None, None)
    assert created["after"]["username"] == deleted["before"]["username"] == "watched"


def test_every_write_of_an_account_s_life_is_there_and_no_secret(api: Served) -> None:
    made = user(api, "lively")
    found = api.log_in("lively", PASSWORD)
    new = "a third quiet afternoon"
    with api.with_token(found["access_token"]) as client:
        other = api.log_in("lively", PASSWORD)
        ended = next(
            one["id"] for one in client.get(f"{ME}/sessions").json()["items"] if not one["current"]
        )
        client.delete(f"{ME}/sessions/{ended}")
        client.patch(ME, json={"name": "Liv\x00"})
        client.patch(ME, json={"preferences": {"note": "nul \x00 byte", "api_token": "t0p"}})
        client.post(f"{ME}/password", json={"current": PASSWORD, "new": new})
        client.post("/api/v1/auth/logout")
    with api.client() as admin:
        said = entries(admin, "who=lively")
        text = admin.get(f"{AUDIT}?limit=1000").text
    assert [entry["action"] for entry in reversed(said)] == [
        *("auth.login", "auth.login", "me.session_end", "me.update", "me.password", "auth.logout")
    ]
    assert {entry["actor_id"] for entry in said} == {made["id"]}
    update = next(entry for entry in said if entry["action"] == "me.update")
    assert update["after"]["preferences"] == {"note": "nul ␀ byte", "api_token": REDACTED}
    for secret in (PASSWORD, new, "t0p", found["refresh_token"], other["access_token"]):
        assert secret not in text


@pytest.mark.parametrize(
    "change",
    [
        "update audit set actor = 'nobody'",
        "update audit set actor = 'nobody' where false",
        "delete from audit",
        "truncate audit",
        "set session_replication_role = replica; delete from audit",
    ],
)
def test_the_table_refuses_to_be_changed(api: Served, change: str) -> None:
    url = api.settings.database_url.get_secret_value()
    with (
        psycopg.connect(url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"),
    ):
        connection.execute(change.encode())


def test_it_is_filtered_paged_and_exported(api: Served) -> None:
    for number in range(3):
        user(api, f"=filtered-{number}"[1:])
    with api.client() as admin:
        first = admin.get(f"{AUDIT}?noun=users&q=filtered-&limit=2")
        second = admin.get(first.links["next"]["url"])
        assert [len(page.json()["items"]) for page in (first, second)] == [2, 1]
        ids = [e["id"] for page in (first, second) for e in page.json()["items"]]
        assert ids == sorted(ids, reverse=True)
        assert entries(admin, "what=users.create&who=nobody-at-all") == []
        assert entries(admin, "to=-1h") == []
        assert entries(admin, "from=-1h&what=users.create&q=filtered-0")
        problem(admin.get(f"{AUDIT}?whom=me"), 422)
        problem(admin.get(f"{AUDIT}?cursor=WyJhIl0"), 422)
        csv = admin.get(f"{AUDIT}?q=filtered-", headers={"Accept": "text/csv"})
        assert csv.headers["content-type"].startswith("text/csv")
        assert csv.text.count("users.create") == 3
        (exported,) = entries(admin, "what=audit.export&q=filtered-")
    assert exported["after"] == {"query": "q=filtered-"}
