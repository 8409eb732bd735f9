"""Login, refresh, logout: who gets in, for how long, and what ends it."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from connectors.first_admin import login_file
from schemas.roles import Role
from tests.api.serving import Served
from tests.api.test_refusals import problem

pytestmark = pytest.mark.stack

LOGIN, REFRESH, LOGOUT, ME = (
    f"/api/v1/{path}" for path in ("auth/login", "auth/refresh", "auth/logout", "me")
)
PASSWORD = "a quiet afternoon by the sea"
BITES_SECONDS = 2.0


def user(api: Served, username: str, role: Role = Role.ANALYST) -> dict[str, Any]:
    """A fresh account, as `POST /users` answers."""
    asked = {"username": username, "password": PASSWORD, "role": role}
    with api.client() as admin:
        answer = admin.post("/api/v1/users", json=asked)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def post(api: Served, path: str, **body: str) -> httpx.Response:
    with api.anyone() as client:
        return client.post(path, json=body)


def status_of(api: Served, token: str) -> int:
    with api.with_token(token) as client:
        return client.get(ME).status_code


def after_it_bites(api: Served, token: str) -> dict[str, Any]:
    """The problem that a token gets once what was done must hold."""
    time.sleep(BITES_SECONDS)
    with api.with_token(token) as client:
        return problem(client.get(ME), 401)


def test_a_login_answers_with_tokens_and_the_user(api: Served) -> None:
    made = user(api, "ada")
    found = api.log_in("ADA", PASSWORD)
    assert set(found) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_in",
        "user",
    }
    assert found["token_type"] == "bearer"
    assert (found["expires_in"], found["refresh_expires_in"]) == (1800, 14 * 86_400)
    assert found["user"] == {"id": made["id"], "username": "ada", "name": "", "role": "analyst"}
    with api.with_token(found["access_token"]) as client:
        assert client.get(ME).json()["username"] == "ada"


@pytest.mark.parametrize("username", ["grace", "nobody-of-this-name", "a\x00b", "ü"])
def test_wrong_names_and_wrong_passwords_look_alike(api: Served, username: str) -> None:
    with api.client() as admin:
        admin.post("/api/v1/users", json={"username": "grace", "password": PASSWORD})
    found = problem(post(api, LOGIN, username=username, password="wrong"), 401)
    assert found["type"].endswith(":wrong-credentials")
    assert found["detail"] == "user name or password is wrong"


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("", "unauthorized"),
        ("Basic YTpi", "unauthorized"),
        ("Bearer", "unauthorized"),
        ("Bearer nothing", "token-invalid"),
        ("Bearer a.b.c", "token-invalid"),
        (f"Bearer {'x' * 5000}", "token-invalid"),
    ],
    ids=["none", "basic", "empty", "word", "dots", "long"],
)
def test_what_is_no_token_lets_nobody_in(api: Served, sent: str, kind: str) -> None:
    with api.anyone(Authorization=sent) as client:
        answer = client.get(ME)
    assert problem(answer, 401)["type"].endswith(f":{kind}")
    assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_a_producer_s_key_opens_nothing_but_ingest_and_a_login_no_ingest(api: Served) -> None:
    with api.producer() as producer:
        problem(producer.get(ME), 401)
    with api.anyone(Authorization=f"Bearer {api.key}") as producer:
        problem(producer.get("/api/v1/users"), 401)
    with api.client() as admin:
        problem(admin.post("/webhooks/generic", content=b"a line"), 401)


def test_after_logout_the_tokens_are_worth_nothing(api: Served) -> None:
    user(api, "olga")
    found, other = (api.log_in("olga", PASSWORD) for _ in range(2))
    with api.with_token(found["access_token"]) as client:
        assert client.post(LOGOUT).status_code == 204
        assert problem(client.get(ME), 401)["type"].endswith(":session-ended")
    problem(post(api, REFRESH, refresh_token=found["refresh_token"]), 401)
    assert status_of(api, other["access_token"]) == 200


def test_refresh_gives_the_next_tokens_and_the_old_one_again_the_same(api: Served) -> None:
    user(api, "rita")
    first = api.log_in("rita", PASSWORD)
    with ThreadPoolExecutor(8) as pool:  # as many tabs do
        answers = list(
            pool.map(lambda _: post(api, REFRESH, refresh_token=first["refresh_token"]), range(8))
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    second = answers[0].json()
    assert set(second) == set(first)
    assert second["refresh_token"] != first["refresh_token"]
    assert status_of(api, second["access_token"]) == 200
    third = post(api, REFRESH, refresh_token=second["refresh_token"])
    assert third.status_code == 200


def test_a_refresh_token_used_after_its_grace_ends_the_session(api: Served) -> None:
    user(api, "thea")
    first = api.log_in("thea", PASSWORD)
    second = post(api, REFRESH, refresh_token=first["refresh_token"]).json()
    age(api, "update refresh_tokens set replaced_at = replaced_at - interval '11 seconds'")
    answer = post(api, REFRESH, refresh_token=first["refresh_token"])
    assert problem(answer, 401)["type"].endswith(":session-ended")
    problem(post(api, REFRESH, refresh_token=second["refresh_token"]), 401)
    after_it_bites(api, second["access_token"])
    with api.client() as admin:
        entry = admin.get("/api/v1/audit?what=auth.token_reused&who=thea").json()["items"][0]
    assert entry["object"].startswith("sessions/")


def age(api: Served, change: str) -> None:
    """Lets time pass in the tables."""
    url = api.settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(change.encode())


def test_no_token_or_password_is_kept_as_it_is(api: Served) -> None:
    user(api, "vera")
    found = api.log_in("vera", PASSWORD)
    url = api.settings.database_url.get_secret_value()
    with psycopg.connect(url) as connection:
        tables = ("users", "sessions", "refresh_tokens", "audit")
        rows = [connection.execute(f"table {name}".encode()).fetchall() for name in tables]
        kept = connection.execute("select password from users where username = 'vera'").fetchone()
    assert kept
    assert kept[0].startswith("$argon2id$")
    for secret in (PASSWORD, found["refresh_token"], found["access_token"]):
        assert secret not in repr(rows)
        assert secret not in (api.settings.data_dir / "api.log").read_text()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"disabled": True}, "session-ended"),
        ({"role": "viewer"}, "token-outdated"),
        ({"password": "another afternoon at sea"}, "session-ended"),
    ],
    ids=["disabled", "role", "password"],
)
def test_what_an_admin_changes_bites_within_two_seconds(
    api: Served, change: dict[str, Any], kind: str
) -> None:
    made = user(api, f"bitten-{next(iter(change))}")
    found = api.log_in(made["username"], PASSWORD)
    assert status_of(api, found["access_token"]) == 200
    with api.client() as admin:
        assert admin.patch(f"/api/v1/users/{made['id']}", json=change).status_code == 200
    assert after_it_bites(api, found["access_token"])["type"].endswith(f":{kind}")
    again = post(api, REFRESH, refresh_token=found["refresh_token"])
    if kind == "token-outdated":
        assert again.json()["user"]["role"] == "viewer"
        assert status_of(api, again.json()["access_token"]) == 200
    else:
        problem(again, 401)


def test_a_deleted_user_is_out(api: Served) -> None:
    made = user(api, "gone")
    found = api.log_in("gone", PASSWORD)
    with api.client() as admin:
        assert admin.delete(f"/api/v1/users/{made['id']}").status_code == 204
    after_it_bites(api, found["access_token"])
    problem(post(api, LOGIN, username="gone", password=PASSWORD), 401)


def test_a_disabled_user_cannot_log_in_until_enabled(api: Served) -> None:
    made = user(api, "paused")
    with api.client() as admin:
        address = f"/api/v1/users/{made['id']}"
        admin.patch(address, json={"disabled": True})
        problem(post(api, LOGIN, username="paused", password=PASSWORD), 401)
        admin.patch(address, json={"disabled": False})
    api.log_in("paused", PASSWORD)


def test_wrong_passwords_cost_time_but_lock_nobody_out(api: Served) -> None:
    user(api, "slow")
    for _ in range(5):
        problem(post(api, LOGIN, username="slow", password="wrong"), 401)
    # So many that a busy machine does not wait them out by itself.
    age(api, "update login_failures set failures = 10, last_at = now()")
    answer = post(api, LOGIN, username="slow", password=PASSWORD)
    assert problem(answer, 429)["type"].endswith(":too-many-attempts")
    assert int(answer.headers["retry-after"]) >= 1
    age(api, "update login_failures set last_at = last_at - interval '1 minute'")
    api.log_in("slow", PASSWORD)
    problem(post(api, LOGIN, username="slow", password="wrong"), 401)  # counted from none again
    api.log_in("slow", PASSWORD)


def test_so_many_guesses_at_once_gain_nothing(api: Served) -> None:
    user(api, "raided")
    with ThreadPoolExecutor(24) as pool:
        answers = list(
            pool.map(lambda _: post(api, LOGIN, username="raided", password="wrong"), range(24))
        )
    looked_at = [answer for answer in answers if answer.status_code == 401]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert len(looked_at) < 12  # four are free; a busy machine lets a second pass in between


def test_the_first_login_is_its_owner_s_file_and_works(api: Served) -> None:
    mode = login_file(api.settings.data_dir).stat().st_mode
    assert mode & 0o777 == 0o600
    with api.client() as admin:
        found = admin.get(ME).json()
    assert (found["username"], found["role"]) == ("admin", "admin")
    assert (api.settings.data_dir / "jwt.key").stat().st_mode & 0o777 == 0o600
