"""Keys of producers: one thing each, shown once, gone within a second, in no log and no topic."""

import asyncio
import csv
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from connectors.stores.migrate import migrate
from schemas import headers
from schemas.roles import Role
from schemas.topics import DLQ
from tests.api.serving import Served, log_batches, records, serving
from tests.api.test_refusals import problem
from tests.connectors.sources.support import fresh, until
from tests.front import front
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


def made(api: Served, **wish: Any) -> dict[str, Any]:
    """A key as its maker sees it."""
    with api.as_role(Role.OPERATOR) as operator:
        answer = operator.post("/api/v1/keys", json={"name": "a key", **wish})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def send(
    api: Served, key: str, path: str = "generic", body: bytes = b"a", **more: str
) -> httpx.Response:
    """One request of a producer."""
    sent = {"X-API-Key": key, **more}
    return httpx.post(f"{api.url}/webhooks/{path}", content=body, headers=sent, timeout=60)


def test_a_key_is_made_shown_once_listed_and_revoked(api: Served) -> None:
    key = made(api, name="web-1", sources=["hosts/*"], endpoints=["telegraf"])
    assert key["key"].startswith(key["starts_with"])
    assert (key["state"], key["created_by"]) == ("active", "a-operator")
    with api.as_role(Role.OPERATOR) as operator:
        shown = operator.get(f"/api/v1/keys/{key['id']}")
        assert shown.json() == {name: value for name, value in key.items() if name != "key"}
        assert key["key"] not in operator.get("/api/v1/keys?limit=1000").text
        for _ in range(2):
            assert operator.delete(f"/api/v1/keys/{key['id']}").status_code == 204
        assert operator.get(f"/api/v1/keys/{key['id']}").json()["state"] == "revoked"
        problem(operator.delete("/api/v1/keys/0123456789abcdef"), 404)
    assert problem(send(api, key["key"], "telegraf?source=hosts/a"), 401)
    with api.client() as admin:
        entries = admin.get(f"/api/v1/audit?object=keys/{key['id']}").json()["items"]
    assert [entry["action"] for entry in entries] == ["keys.revoke", "keys.create"]
    assert key["key"] not in str(entries)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_others_neither_make_nor_see_keys(api: Served, role: Role) -> None:
    with api.as_role(role) as somebody:
        problem(somebody.get("/api/v1/keys"), 403)
        problem(somebody.post("/api/v1/keys", json={"name": "a"}), 403)
    with api.producer() as producer:
        problem(producer.get("/api/v1/keys"), 401)


def test_pages_of_keys(api: Served) -> None:
    ids = [made(api)["id"] for _ in range(5)]
    with api.as_role(Role.OPERATOR) as operator:
        answer = operator.get("/api/v1/keys?limit=2")
        found = [key["id"] for key in answer.json()["items"]]
        while (link := answer.links.get("next")) and len(found) < 5:
            answer = operator.get(link["url"])
            found += [key["id"] for key in answer.json()["items"]]
        problem(operator.get("/api/v1/keys?cursor=nonsense"), 422)
    assert found[:5] == ids[::-1]


def test_keys_are_filtered_and_come_as_csv_that_no_spreadsheet_runs(api: Served) -> None:
    kept = made(api, name="=filter+1", expires_at="2090-01-01T00:00:00Z")
    gone = made(api, name="filter, gone")
    with api.as_role(Role.OPERATOR) as operator:
        assert operator.delete(f"/api/v1/keys/{gone['id']}").status_code == 204

        def ids(query: str) -> list[str]:
            answer = operator.get(f"/api/v1/keys?q=FILTER&{query}")
            assert answer.status_code == 200, answer.text
            return [key["id"] for key in answer.json()["items"]]

        assert ids("created_by=a-operator&created_at>-1h") == [gone["id"], kept["id"]]
        assert ids("state=active") == ids("expires_at>now") == [kept["id"]]
        assert ids("state!=active,expired") == ids("name=filter\\, gone") == [gone["id"]]
        assert ids("state=expired") == ids("last_used_at<now") == []
        problem(operator.get("/api/v1/keys?colour=red"), 422)
    with api.as_role(Role.OPERATOR, Accept="text/csv") as operator:
        answer = operator.get("/api/v1/keys?q=filter&state=active")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["name"], row["state"]) == ("'=filter+1", "active")


async def test_the_key_of_one_source_is_not_for_another(api: Served) -> None:
    key = made(api, sources=["shop", "hosts/*"])["key"]
    for source, status in (("shop", 202), ("hosts/1", 202), ("other", 403), ("hosts", 403)):
        answer = send(api, key, f"generic?source={source}")
        assert answer.status_code == status, answer.text
    assert problem(answer, 403)["type"].endswith("not-your-source")
    only = made(api, sources=["only this"])["key"]
    assert send(api, only, body=b"by default").status_code == 202
    found = [batch for batch in await log_batches(api.settings) if batch.source == "only this"]
    assert [batch.lines for batch in found] == [[b"by default"]]


def test_the_key_of_one_endpoint_is_not_for_another(api: Served) -> None:
    key = made(api, endpoints=["telegraf"])["key"]
    assert send(api, key, "telegraf", b"mem used=1 1").status_code == 202
    found = problem(send(api, key, "generic"), 403)
    assert found["type"].endswith("not-your-endpoint")


async def test_a_key_that_has_expired_lets_nobody_in(api: Served) -> None:
    key = made(api, expires_at="2090-01-01T00:00:00Z")
    assert send(api, key["key"]).status_code == 202
    url = api.settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("update api_keys set expires_at = now() where id = %s", (key["id"],))
    await until(lambda: send(api, key["key"]).status_code == 401)
    with api.as_role(Role.OPERATOR) as operator:
        assert operator.get(f"/api/v1/keys/{key['id']}").json()["state"] == "expired"


async def test_its_last_use_is_shown_and_written_once_a_minute(api: Served) -> None:
    key = made(api)
    with api.as_role(Role.OPERATOR) as operator:

        def last_used() -> str | None:
            found: str | None = operator.get(f"/api/v1/keys/{key['id']}").json()["last_used_at"]
            return found

        assert last_used() is None
        send(api, key["key"])
        await until(lambda: last_used() is not None)
        first = last_used()
        for _ in range(5):
            send(api, key["key"])
        assert last_used() == first


async def test_a_key_is_in_no_record_dead_letter_or_log(api: Served) -> None:
    keys = [made(api)["key"], api.key]
    for key in keys:
        body = b'[{"message": "sent with %s"}, {"metric": "m", "value": 1, "timestamp": "%s"}]'
        kind = {"Content-Type": "application/json"}
        answer = send(api, key, "generic?source=leak", body % ((key.encode(),) * 2), **kind)
        assert (answer.json()["accepted"], answer.json()["rejected"]) == (1, 1)
        problem(send(api, key, f"generic?source={key}"), 422)
        problem(send(api, key, f"{key}"), 404)
        assert problem(send(api, key, f"generic?key={key}"), 400)["type"].endswith("key-in-url")
    kept = [line for batch in await log_batches(api.settings) for line in batch.lines]
    kept += [record.value for record in await records(api.settings, DLQ)]
    assert sum(b"***" in text for text in kept) >= 4
    log = (api.settings.data_dir / "api.log").read_text()
    for key in keys:
        assert not any(key.encode() in text for text in kept)
        assert key not in log
    letters = [r for r in await records(api.settings, DLQ) if r.header(headers.SOURCE) == "leak"]
    assert len(letters) == 2


@pytest.fixture(scope="module")
def replicas(
    stack: RunningStack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Served]]:
    """Two on one database, without Redis."""
    found = asyncio.run(fresh(stack, tmp_path_factory.mktemp("first"), redis_enabled=False))
    migrate(found.database_url.get_secret_value())
    shared = {"api_key_secret": "k" * 40, "jwt_secret_key": "j" * 40}
    own = found.model_copy(update={name: SecretStr(one) for name, one in shared.items()})
    with serving(own) as first:
        first.as_role(Role.OPERATOR).close()  # the first admin is made here
        other = own.model_copy(update={"data_dir": tmp_path_factory.mktemp("second")})
        with serving(other) as second:
            yield [first, second]


def test_a_revoked_key_is_refused_by_every_replica_after_a_second(replicas: list[Served]) -> None:
    first, second = replicas
    key = made(first)
    for replica in replicas:
        assert send(replica, key["key"]).status_code == 202
    with first.as_role(Role.OPERATOR) as operator:
        operator.delete(f"/api/v1/keys/{key['id']}")
    problem(send(first, key["key"]), 401)
    time.sleep(1)
    problem(send(second, key["key"]), 401)


async def test_known_keys_go_on_without_postgres(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path)
    url = settings.database_url.get_secret_value()
    migrate(url)
    port = urlsplit(url).port
    assert port is not None
    with front(port) as door:
        cuttable = url.replace(f":{port}/", f":{door.port}/")
        own = settings.model_copy(update={"database_url": SecretStr(cuttable)})
        with serving(own) as api:
            key, unused = made(api)["key"], made(api)
            assert send(api, key).status_code == 202
            door.cut()
            await asyncio.to_thread(api.wait_down, "postgres")
            with api.anyone() as client:
                assert client.get("/readiness").status_code == 503
            assert send(api, key).status_code == 202
            assert send(api, api.key).status_code == 202
            unknown = send(api, "fsk_" + "x" * 43)
            assert problem(unknown, 503)["type"].endswith("unavailable")
            assert int(unknown.headers["retry-after"]) >= 1
            door.restore()
            await asyncio.to_thread(api.wait_well)
            await until(lambda: send(api, "fsk_" + "x" * 43).status_code == 401)
            with api.as_role(Role.OPERATOR) as operator:
                operator.delete(f"/api/v1/keys/{unused['id']}")
            problem(send(api, unused["key"]), 401)
