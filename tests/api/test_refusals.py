"""What is refused, and how: every error is a problem with the trace's id."""

import gzip
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from tests.api.serving import Served
from tests.connectors.sources.support import until

pytestmark = pytest.mark.stack

MIB = 1024 * 1024


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem in an answer, its shape checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert set(found) - {"errors"} == {
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "trace_id",
    }
    assert found["status"] == status
    assert found["trace_id"] == answer.headers["traceparent"].split("-")[1]
    return found


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"X-API-Key": "wrong"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
    ],
)
@pytest.mark.parametrize("path", ["/webhooks/generic", "/webhooks/telegraf"])
def test_without_the_key(api: Served, path: str, sent: dict[str, str]) -> None:
    answer = httpx.post(api.url + path, content=b"a", headers=sent, verify=False)
    assert problem(answer, 401)["instance"] == path
    assert "www-authenticate" in answer.headers


def test_a_key_that_is_no_ascii(api: Served) -> None:
    for header, said in ((b"X-API-Key", "ünï"), (b"Authorization", "Basic é")):
        sent = [(header, said.encode())]
        problem(httpx.post(f"{api.url}/webhooks/generic", headers=sent, verify=False), 401)


@pytest.mark.parametrize(
    ("status", "kind", "path", "sent", "body"),
    [
        (400, "not-json", "generic", {"Content-Type": "application/json"}, b'{"a":'),
        (400, "not-json", "telegraf", {}, b'{"metrics": ['),
        (400, "damaged-body", "generic", {"Content-Encoding": "gzip"}, b"no gzip"),
        (
            400,
            "damaged-body",
            "generic",
            {"Content-Encoding": "gzip"},
            gzip.compress(b"a", mtime=0)[:-3],
        ),
        (415, "unsupported-encoding", "generic", {"Content-Encoding": "br"}, b"a"),
        (415, "unsupported-type", "generic", {"Content-Type": "multipart/form-data"}, b"a"),
        (415, "unsupported-type", "telegraf", {"Content-Type": "application/x-protobuf"}, b"a"),
        (422, "empty", "generic", {}, b""),
        (422, "empty", "telegraf", {}, b"# only a comment"),
        (422, "no-usable-item", "generic", {"Content-Type": "application/json"}, b"[1, 2]"),
        (422, "invalid-request", "generic", {"Idempotency-Key": "x" * 201}, b"a"),
        (422, "invalid-request", "generic", {"X-Source": "x" * 201}, b"a"),
        (422, "invalid-request", "generic", {"X-Source": "demo/web-1"}, b"a"),
        (422, "invalid-request", "telegraf?source=demo/web-1", {}, b"a b=1"),
        (422, "invalid-request", "telegraf?precision=days", {}, b"a b=1"),
        (404, "not-found", "unknown", {}, b"a"),
        (413, "body-too-large", "generic", {}, b"x" * (32 * MIB + 1)),
        (413, "body-too-large", "generic", {"Content-Encoding": "gzip"}, None),
        (413, "too-many-items", "generic", {}, b"\n" * (32 * MIB)),
        (413, "too-many-items", "generic", {}, b"[" + b"0," * (16 * MIB - 8) + b"0]"),
    ],
)
def test_problems(
    api: Served, status: int, kind: str, path: str, sent: dict[str, str], body: bytes | None
) -> None:
    bomb = gzip.compress(b"x" * (300 * MIB), compresslevel=1) if body is None else body
    with api.producer(**sent) as client:
        answer = client.post(f"/webhooks/{path}", content=bomb)
    found = problem(answer, status)
    assert found["type"] == f"urn:foreshock:problem:{kind}"
    if status == 422 and kind != "empty":
        assert found["errors"]


async def test_a_chunked_body_is_counted_too(api: Served) -> None:
    """And its connection is closed: else a sender that never ends would be listened to for ever."""

    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * MIB

    with api.producer() as client, suppress(httpx.TransportError):  # it may not read the answer
        answer = client.post("/webhooks/generic?source=endless", content=endless())
        problem(answer, 413)
    await until(lambda: 413 in [e["status"] for e in api.log if e.get("source") == "endless"])


def test_32_mib_are_taken(api: Served) -> None:
    line = b"x" * 1023 + b"\n"
    with api.producer() as client:
        answer = client.post("/webhooks/generic", content=line * (32 * 1024))
    assert answer.status_code == 202
    assert answer.json()["lines"] == 32 * 1024


def test_a_method_that_is_not_there(api: Served) -> None:
    with api.producer() as client:
        answer = client.get("/webhooks/generic")
    assert problem(answer, 405)
    assert answer.headers["allow"] == "POST"


def test_links_health_metrics_and_the_document(api: Served) -> None:
    with httpx.Client(base_url=api.url, verify=False) as anyone:
        links = anyone.get("/").json()["links"]
        assert anyone.get("/health").json() == {
            "status": "healthy",
            "checks": {"postgres": "ok", "broker": "ok", "disk": "ok"},
        }
        assert anyone.get("/readiness").status_code == 200
        assert "foreshock_http_requests_total" in anyone.get("/metrics").text
        document = anyone.get(links["openapi"]).json()
    assert {"/webhooks/generic", "/webhooks/telegraf", "/health"} <= set(document["paths"])
    responses = document["paths"]["/webhooks/generic"]["post"]["responses"]
    assert {"202", "400", "401", "413", "415", "422", "503"} <= set(responses)
