"""The search box: what has a name finds it, in any case, and nothing else does."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.stores import postgres
from connectors.stores.alerts import Record, store
from tests.api.reads import Counted
from tests.connectors.alerting import alert

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("reads")]


@pytest.fixture(scope="module")
def client(logs: Counted) -> Iterator[httpx.Client]:
    titles = [
        "web-1: disk /var is nearly full",
        "Ünïcode and 100% of a_b",
        *(f"web-{n}: latency is high" for n in range(20)),
    ]
    made = [alert(n, title=title) for n, title in enumerate(titles)]

    async def keep() -> None:
        async with (
            postgres.new_pool(logs.api.settings) as pool,
            postgres.transaction(pool) as connection,
        ):
            await store(connection, [Record(0, n, 1, one) for n, one in enumerate(made)])

    asyncio.run(keep())
    with logs.api.client() as client:
        yield client


def _found(client: httpx.Client, q: str) -> dict[str, list[str]]:
    answer = client.get("/api/v1/search", params={"q": q})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert list(found) == ["hosts", "services", "patterns", "alerts"]
    return {kind: [hit["title"] for hit in hits] for kind, hits in found.items()}


def test_hosts_and_services_by_a_part_of_their_name(client: httpx.Client) -> None:
    assert _found(client, "EB-2")["hosts"] == ["web-2"]
    assert sorted(_found(client, "web")["hosts"]) == [f"web-{n}" for n in range(4)]
    assert _found(client, "SSH")["services"] == ["sshd"]


def test_the_same_name_comes_first(client: httpx.Client) -> None:
    assert _found(client, "web-3")["hosts"][0] == "web-3"


def test_patterns_by_text_or_uid(client: httpx.Client) -> None:
    [pattern] = client.get("/api/v1/search", params={"q": "failed PASS"}).json()["patterns"]
    assert "Failed password" in pattern["title"]
    assert pattern["detail"].startswith("last seen 20")
    assert _found(client, pattern["id"][:10])["patterns"] == [pattern["title"]]


def test_alerts_by_words_of_their_title_or_by_id(client: httpx.Client) -> None:
    assert _found(client, "DISK near")["alerts"] == ["web-1: disk /var is nearly full"]
    assert _found(client, "ünïcode")["alerts"] == ["Ünïcode and 100% of a_b"]
    assert _found(client, "alert-1")["alerts"][0] == "Ünïcode and 100% of a_b"
    assert len(_found(client, "latency")["alerts"]) == 8


@pytest.mark.parametrize("q", ["%", "_", "' or 1=1 --", "\\", "a & | ! ( :*", "\x00", "  ", "<->"])
def test_signs_have_no_meaning(client: httpx.Client, q: str) -> None:
    found = _found(client, q)
    assert found["hosts"] == found["services"] == []


def test_what_is_wrong_is_named(client: httpx.Client, logs: Counted) -> None:
    assert client.get("/api/v1/search").status_code == 422
    assert client.get("/api/v1/search", params={"q": "x" * 201}).status_code == 422
    with httpx.Client(base_url=logs.api.url) as stranger:
        assert stranger.get("/api/v1/search", params={"q": "x"}).status_code == 401
