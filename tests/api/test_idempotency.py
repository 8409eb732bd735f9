"""Idempotency-Key: what is sent again is answered again, and done once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from schemas.roles import Role
from tests.api.serving import Served
from tests.api.test_refusals import problem

pytestmark = pytest.mark.stack


def ask(client: httpx.Client, key: str, **wish: Any) -> httpx.Response:
    """Asks for a key of a producer, under an Idempotency-Key."""
    return client.post("/api/v1/keys", json=wish, headers={"Idempotency-Key": key})


def named(client: httpx.Client, name: str) -> int:
    """How many keys of this name were made."""
    found = client.get("/api/v1/keys?limit=1000").json()["items"]
    return sum(key["name"] == name for key in found)


def test_a_request_that_is_sent_again_is_answered_again_and_done_once(api: Served) -> None:
    with api.as_role(Role.OPERATOR) as operator:
        first, second = (ask(operator, "again", name="again") for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        assert second.headers["location"] == first.headers["location"]
        # What is shown once is not kept, also not for this.
        assert second.json() == {**first.json(), "key": "***"}
        assert named(operator, "again") == 1
        problem(ask(operator, "again", name="something else"), 422)
        assert named(operator, "something else") == 0


def test_who_fails_lets_go_and_others_have_keys_of_their_own(api: Served) -> None:
    with api.as_role(Role.OPERATOR) as operator, api.client() as admin:
        problem(ask(operator, "fails", name=""), 422)
        assert ask(operator, "fails", name="works").status_code == 201
        assert ask(admin, "fails", name="works").status_code == 201
        assert named(operator, "works") == 2
        for wrong in ("x" * 201, "a\tb"):
            problem(ask(operator, wrong, name="a"), 422)


def test_of_several_at_once_one_is_done(api: Served) -> None:
    with api.as_role(Role.OPERATOR) as operator, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(operator, "at once", name="at once"), range(8)))
        assert named(operator, "at once") == 1
    codes = [answer.status_code for answer in answers]
    assert set(codes) <= {201, 409}
    fresh = [a for a in answers if a.status_code == 201 and "idempotency-replayed" not in a.headers]
    assert len(fresh) == 1
    for answer in (answer for answer in answers if answer.status_code == 409):
        assert problem(answer, 409)["type"].endswith("request-under-way")
        assert answer.headers["retry-after"] == "1"


def test_what_only_reads_is_done_again_and_nothing_of_it_is_kept(api: Served) -> None:
    sent = {"Idempotency-Key": "tickets"}
    with api.as_role(Role.VIEWER) as viewer:
        answers = [viewer.post("/api/v1/live/tickets", headers=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["ticket"] for answer in answers}) == 2
    url = api.settings.database_url.get_secret_value()
    with psycopg.connect(url) as connection:
        found = connection.execute("select count(*) from idempotent_requests where key = 'tickets'")
        assert found.fetchone() == (0,)
