"""Two API processes of one instance, and one without its database: who is let in."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from connectors.first_admin import ensure_first_admin, first_login, login_file
from schemas.settings import Settings, load
from tests.api.piped import until
from tests.api.serving import Served, serving
from tests.api.test_auth import BITES_SECONDS, PASSWORD, after_it_bites, post, status_of, user
from tests.api.test_refusals import problem
from tests.stack import RunningStack
from tests.workers import installation

pytestmark = pytest.mark.stack

SECRET = "a key that both replicas of this test sign with"


@pytest.fixture(scope="module")
def replicas(stack: RunningStack) -> Iterator[tuple[Served, Served]]:
    """Of one installation, each with a data directory of its own, started at once."""
    first = installation(stack, jwt_secret_key=SECRET, bootstrap_admin_password=PASSWORD)
    second = first.model_copy(update={"data_dir": first.data_dir / "second"})
    second.data_dir.mkdir()
    with ExitStack() as opened, ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda own: opened.enter_context(serving(own)), (first, second)))
        wait_for_the_first_admin(first)
        yield found[0], found[1]


def wait_for_the_first_admin(settings: Settings) -> None:
    """It is made soon after the start, and before that nobody can log in."""
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        until(lambda: connection.execute("select 1 from users").fetchone())


def test_the_first_admin_is_made_once_as_the_settings_say(
    replicas: tuple[Served, Served],
) -> None:
    found = [api.log_in("admin", PASSWORD) for api in replicas]
    assert found[0]["user"] == found[1]["user"]
    assert not any(login_file(api.settings.data_dir).exists() for api in replicas)
    with replicas[0].with_token(found[0]["access_token"]) as admin:
        assert admin.get("/api/v1/users").json()["total"] == 1
        (made,) = admin.get("/api/v1/audit?what=users.create").json()["items"]
    assert (made["actor"], made["after"]["username"]) == ("bootstrap", "admin")
    assert PASSWORD not in str(made)


def test_what_ends_at_one_replica_ends_at_the_other(replicas: tuple[Served, Served]) -> None:
    one, other = replicas
    found = one.log_in("admin", PASSWORD)
    assert status_of(other, found["access_token"]) == 200
    refreshed = post(other, "/api/v1/auth/refresh", refresh_token=found["refresh_token"]).json()
    assert status_of(one, refreshed["access_token"]) == 200
    with one.with_token(refreshed["access_token"]) as client:
        client.post("/api/v1/auth/logout")
    after_it_bites(other, found["access_token"])
    after_it_bites(other, refreshed["access_token"])


def test_wrong_passwords_count_at_both(replicas: tuple[Served, Served]) -> None:
    for number in range(5):
        api = replicas[number % 2]
        problem(post(api, "/api/v1/auth/login", username="nobody", password="wrong"), 401)
    answers = [
        post(api, "/api/v1/auth/login", username="nobody", password="wrong") for api in replicas
    ]
    assert 429 in {answer.status_code for answer in answers}


def test_a_new_key_takes_over_from_the_previous_one(replicas: tuple[Served, Served]) -> None:
    old = replicas[0].log_in("admin", PASSWORD)
    data = replicas[0].settings.data_dir / "third"
    data.mkdir()
    keys = {"jwt_secret_key": f"{SECRET}, newer", "jwt_secret_key_previous": SECRET}
    with serving(changed(replicas[0].settings, data_dir=data, **keys)) as after:
        assert status_of(after, old["access_token"]) == 200
        new = post(after, "/api/v1/auth/refresh", refresh_token=old["refresh_token"]).json()
        assert status_of(after, new["access_token"]) == 200
        assert status_of(replicas[0], new["access_token"]) == 401


def changed(settings: Settings, **given: Any) -> Settings:
    """The settings of another start."""
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    return load(**{**values, **given}, _env_file=None)


def test_without_the_database_nobody_is_let_in_and_503_says_so(stack: RunningStack) -> None:
    settings = installation(stack, access_token_expire_minutes=5)
    with serving(settings) as api:
        user(api, "stranded")
        found = api.log_in("stranded", PASSWORD)
        assert status_of(api, found["access_token"]) == 200
        with outage(settings):
            time.sleep(BITES_SECONDS)
            with api.with_token(found["access_token"]) as client:
                answer = client.get("/api/v1/me")
                assert "postgres" in problem(answer, 503)["detail"]
                assert int(answer.headers["retry-after"]) >= 1
            problem(post(api, "/api/v1/auth/login", username="stranded", password=PASSWORD), 503)
            body = {"refresh_token": found["refresh_token"]}
            problem(post(api, "/api/v1/auth/refresh", **body), 503)
            problem(post(api, "/api/v1/auth/refresh", refresh_token="nonsense"), 503)
            with api.with_token("nonsense") as client:
                problem(client.get("/api/v1/me"), 401)  # known without asking
        until = time.monotonic() + 60
        while status_of(api, found["access_token"]) != 200:
            assert time.monotonic() < until
            time.sleep(0.2)


class outage:  # noqa: N801 - reads as what it is
    """The database lets nobody in while the block runs, and ends who is in."""

    def __init__(self, settings: Settings) -> None:
        self.server, _, self.name = settings.database_url.get_secret_value().rpartition("/")

    def __enter__(self) -> None:
        self._allow("false")
        self._run(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
            (self.name,),
        )

    def __exit__(self, *_: object) -> None:
        self._allow("true")

    def _allow(self, word: str) -> None:
        self._run(f"alter database {self.name} with allow_connections {word}")

    def _run(self, statement: str, given: tuple[str, ...] = ()) -> None:
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(statement.encode(), given)


def test_of_many_starts_at_once_one_makes_the_first_admin(stack: RunningStack) -> None:
    settings = installation(stack, bootstrap_admin_username="root.admin")

    async def start() -> bool:
        url = settings.database_url.get_secret_value()
        async with await psycopg.AsyncConnection.connect(url) as connection:
            return await ensure_first_admin(connection, settings)

    async def starts() -> list[bool]:
        return await asyncio.gather(*(start() for _ in range(6)))

    assert sorted(asyncio.run(starts())) == [False] * 5 + [True]
    login = first_login(settings.data_dir)
    assert login is not None
    assert (login.username, len(login.password)) == ("root.admin", 20)
    with serving(settings) as api:
        found = api.log_in(login.username, login.password)
        with api.with_token(found["access_token"]) as client:
            change = {"current": login.password, "new": PASSWORD}
            assert client.post("/api/v1/me/password", json=change).status_code == 204
    assert first_login(settings.data_dir) is None
