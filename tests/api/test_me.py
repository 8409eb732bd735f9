"""One's own account: name, preferences, password, sessions."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from connectors.passwords import hash_password
from tests.api.serving import Served
from tests.api.test_auth import PASSWORD, after_it_bites, post, status_of, user
from tests.api.test_refusals import problem

pytestmark = pytest.mark.stack

ME = "/api/v1/me"
WAITS = "select 1 from pg_stat_activity where %s = any(pg_blocking_pids(pid))"


def test_preferences_are_merged_and_null_takes_one_out(api: Served) -> None:
    made = user(api, "mia")
    with api.with_token(api.log_in("mia", PASSWORD)["access_token"]) as client:
        found = client.get(ME).json()
        assert found.items() >= {"id": made["id"], "preferences": {}, "role": "analyst"}.items()
        client.patch(ME, json={"preferences": {"theme": "dark", "sound": {"high": 1, "low": 0}}})
        client.patch(ME, json={"preferences": {"sound": {"low": None}, "seen_at": "now"}})
        changed = client.patch(ME, json={"name": "Mia M."}).json()
        assert changed == client.get(ME).json()
        problem(client.patch(ME, json={"role": "admin"}), 422)
    assert changed["name"] == "Mia M."
    assert changed["preferences"] == {"theme": "dark", "sound": {"high": 1}, "seen_at": "now"}
    assert changed["session"]


def test_preferences_have_room_for_8_kib(api: Served) -> None:
    user(api, "max")
    room = 8 * 1024 - len(json.dumps({"a": ""}, separators=(",", ":")))
    with api.with_token(api.log_in("max", PASSWORD)["access_token"]) as client:
        assert client.patch(ME, json={"preferences": {"a": "x" * room}}).status_code == 200
        answer = client.patch(ME, json={"preferences": {"b": ""}})
        assert "8192 bytes" in problem(answer, 422)["detail"]
        assert set(client.get(ME).json()["preferences"]) == {"a"}


def test_a_new_password_ends_every_other_session(api: Served) -> None:
    user(api, "pam")
    own, other = (api.log_in("pam", PASSWORD) for _ in range(2))
    new = "another quiet afternoon"
    with api.with_token(own["access_token"]) as client:
        answer = client.post(f"{ME}/password", json={"current": "wrong", "new": new})
        assert problem(answer, 403)["type"].endswith(":wrong-credentials")
        problem(client.post(f"{ME}/password", json={"current": PASSWORD, "new": "short"}), 422)
        answer = client.post(f"{ME}/password", json={"current": PASSWORD, "new": new})
        assert answer.status_code == 204
    after_it_bites(api, other["access_token"])
    problem(post(api, "/api/v1/auth/refresh", refresh_token=other["refresh_token"]), 401)
    assert status_of(api, own["access_token"]) == 200
    problem(post(api, "/api/v1/auth/login", username="pam", password=PASSWORD), 401)
    api.log_in("pam", new)


def test_a_reset_meanwhile_is_not_undone(api: Served) -> None:
    """An admin gives another password after the old one was looked at, before the new is kept."""
    made = user(api, "rae")
    url = api.settings.database_url.get_secret_value()
    with (
        api.with_token(api.log_in("rae", PASSWORD)["access_token"]) as client,
        ThreadPoolExecutor(1) as pool,
        psycopg.connect(url) as admin,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        reset = hash_password("as the admin wants it")
        admin.execute("update users set password = %s where id = %s", (reset, made["id"]))
        asked = {"current": PASSWORD, "new": "another quiet afternoon"}
        answer = pool.submit(client.post, f"{ME}/password", json=asked)
        while not watching.execute(WAITS, (admin.info.backend_pid,)).fetchone():
            assert not answer.done(), answer.result().text
            time.sleep(0.02)
        admin.commit()
        assert problem(answer.result(), 403)["type"].endswith(":wrong-credentials")
    api.log_in("rae", "as the admin wants it")


def test_one_s_own_sessions_are_listed_and_ended(api: Served) -> None:
    user(api, "sue")
    user(api, "tom")
    own, other, stranger = (api.log_in(name, PASSWORD) for name in ("sue", "sue", "tom"))
    with api.with_token(stranger["access_token"]) as client:
        foreign = client.get(ME).json()["session"]
    with api.with_token(own["access_token"]) as client:
        found = client.get(f"{ME}/sessions").json()["items"]
        assert [session["current"] for session in found].count(True) == 1
        assert len(found) == 2
        assert found[0]["address"] == "127.0.0.1"
        assert "httpx" in found[0]["agent"]
        problem(client.delete(f"{ME}/sessions/{foreign}"), 404)
        ended = next(session["id"] for session in found if not session["current"])
        assert client.delete(f"{ME}/sessions/{ended}").status_code == 204
        problem(client.delete(f"{ME}/sessions/{ended}"), 404)
        assert len(client.get(f"{ME}/sessions").json()["items"]) == 1
    after_it_bites(api, other["access_token"])
    assert status_of(api, stranger["access_token"]) == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"preferences": {"a": "\\ud800", "\\u0000": "\\u0000"}}',
        *(b'{"preferences": ' + b'{"a":' * n + b"1" + b"}" * (n + 1) for n in range(29, 34)),
        b'{"preferences": ' + b'{"a":' * 200 + b"1" + b"}" * 201,
        b'{"preferences": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        b'{"preferences": {"a": NaN, "b": 1e999, "c": 123456789012345678901234567890}}',
        b'{"name": "\\ud800"}',
    ],
    ids=[
        "half characters",
        *(f"{n} levels" for n in range(29, 34)),
        "deep",
        "deeper",
        "numbers",
        "half a name",
    ],
)
def test_hostile_preferences_are_kept_or_refused(api: Served, body: bytes) -> None:
    with api.client(**{"Content-Type": "application/json"}) as client:
        answer = client.patch(ME, content=body)
        assert answer.status_code in (200, 400, 422), answer.text
        assert client.get(ME).status_code == 200
        client.patch(ME, json={"preferences": dict.fromkeys(client.get(ME).json()["preferences"])})
