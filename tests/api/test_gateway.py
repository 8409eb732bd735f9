"""The edge of the API as a browser, a proxy and a reader of its document meet it."""

import asyncio
import re
from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from connectors.stores.migrate import migrate
from tests.api.serving import Served, serving
from tests.api.test_refusals import problem
from tests.connectors.sources.support import fresh, until
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

OURS = "https://ops.example.com"
THEIRS = "https://elsewhere.example.com"


@pytest.fixture(scope="module")
def proxied(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """As behind a proxy on this machine, for pages of one origin."""
    settings = asyncio.run(
        fresh(
            stack,
            tmp_path_factory.mktemp("proxied"),
            trusted_proxies=["127.0.0.1"],
            api_base_path="/ops",
            api_key_header="X-Producer",
            allowed_origins=[OURS],
            cors_allow_credentials=True,
        )
    )
    migrate(settings.database_url.get_secret_value())
    with serving(settings) as served:
        yield served


def get(api: Served, path: str, **headers: str) -> httpx.Response:
    """Without credentials."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(api.url + path, headers=sent, timeout=60)


def test_every_answer_says_what_a_browser_may_do_with_it(api: Served) -> None:
    for path in ("/", "/health", "/api/v1/me", "/nowhere", "/api/v1/me?key=a"):
        found = get(api, path).headers
        assert found["x-content-type-options"] == "nosniff"
        assert found["x-frame-options"] == "DENY"
        assert found["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in found["content-security-policy"]
        assert "strict-transport-security" not in found
        assert "set-cookie" not in found
        assert found.get("cache-control") == ("no-store" if path.startswith("/api/") else None)


def test_https_is_told_by_a_trusted_proxy_alone(api: Served, proxied: Served) -> None:
    sent = {"x_forwarded_proto": "https"}
    assert "strict-transport-security" not in get(api, "/health", **sent).headers
    secure = get(proxied, "/health", **sent).headers["strict-transport-security"]
    assert re.fullmatch(r"max-age=\d{7,}", secure)
    assert "strict-transport-security" not in get(proxied, "/health").headers


def clients_of(api: Served, trace: str) -> list[str]:
    """Whose requests of a trace the access log tells of."""
    return [entry["client"] for entry in api.log if entry.get("trace_id") == trace]


def has_said(api: Served, trace: str) -> bool:
    return clients_of(api, trace) != []


async def test_the_address_in_the_log_is_the_one_that_is_believed(
    api: Served, proxied: Served
) -> None:
    for served, expected in ((api, "127.0.0.1"), (proxied, "192.0.2.9")):
        found = get(served, "/told", x_forwarded_for="198.51.100.1, 192.0.2.9")
        trace = problem(found, 404)["trace_id"]
        await until(partial(has_said, served, trace))
        told = clients_of(served, trace)
        assert told == [expected]


def test_metrics_are_for_this_machine(api: Served, proxied: Served) -> None:
    assert get(api, "/metrics").status_code == 200
    problem(get(api, "/metrics", x_forwarded_for="192.0.2.9"), 401)
    problem(get(proxied, "/metrics", x_forwarded_for="192.0.2.9"), 401)
    sent = {"x_forwarded_for": "192.0.2.9", "x_producer": proxied.key}
    assert get(proxied, "/metrics", **sent).status_code == 200


def test_pages_of_allowed_origins_may_call(proxied: Served) -> None:
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "x-a"}
    for origin, allowed in ((OURS, True), (THEIRS, False)):
        sent = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        before = httpx.options(f"{proxied.url}/api/v1/keys", headers=sent)
        found = get(proxied, "/health", origin=origin, **asked)
        for answer in (before, found):
            said = answer.headers.get("access-control-allow-origin")
            assert said == (origin if allowed else None)
        assert (before.status_code == 200) is allowed
    assert found.status_code == 200
    ours = get(proxied, "/health", origin=OURS).headers
    assert ours["access-control-allow-credentials"] == "true"
    assert "RateLimit-Remaining" in ours["access-control-expose-headers"]


def test_without_allowed_origins_no_page_may(api: Served) -> None:
    found = get(api, "/health", origin=OURS)
    assert not any(name.startswith("access-control") for name in found.headers)


def test_a_cookie_lets_nobody_in(api: Served) -> None:
    with api.client() as admin:
        token = admin.headers["Authorization"].removeprefix("Bearer ")
    cookie = f"access_token={token}; session={token}; X-API-Key={api.key}"
    problem(get(api, "/api/v1/me", cookie=cookie), 401)
    answer = httpx.post(f"{api.url}/webhooks/generic", content=b"a", headers={"Cookie": cookie})
    problem(answer, 401)


def test_the_key_s_header_has_the_name_of_the_setting(proxied: Served) -> None:
    url = f"{proxied.url}/webhooks/generic"
    sent = {"X-Producer": proxied.key}
    assert httpx.post(url, content=b"a", headers=sent).status_code == 202
    refused = httpx.post(url, content=b"a", headers={"X-API-Key": proxied.key})
    assert "X-Producer" in problem(refused, 401)["detail"]


def test_below_a_base_path_whether_or_not_the_proxy_cuts_it_off(proxied: Served) -> None:
    for path in ("/ops/health", "/health"):
        assert get(proxied, path).json()["status"] == "healthy"
    document = get(proxied, "/ops/api/v1/openapi.json").json()
    assert document["servers"] == [{"url": "/ops"}]
    with proxied.client() as admin:
        for name in ("a", "b"):
            made = admin.post("/api/v1/keys", json={"name": name})
            assert made.headers["location"] == f"/ops/api/v1/keys/{made.json()['id']}"
        link = admin.get("/api/v1/keys?limit=1").links["next"]["url"]
        assert link.startswith("/ops/api/v1/keys?limit=1&cursor=")
        assert [key["name"] for key in admin.get(link).json()["items"]] == ["a"]


@pytest.mark.parametrize("path", ["/api/v1/me", "/webhooks/generic", "/health", "/nowhere"])
def test_a_key_in_a_url_is_refused_everywhere(api: Served, path: str) -> None:
    found = problem(get(api, f"{path}?api_key={api.key}"), 400)
    assert found["type"].endswith("key-in-url")
    assert api.key not in str(found)
    assert api.key not in (api.settings.data_dir / "api.log").read_text()


def test_a_body_that_is_no_log_is_short(api: Served) -> None:
    with api.client() as admin:
        answer = admin.post("/api/v1/keys", content=b" " * (1024 * 1024 + 1))
    assert problem(answer, 413)["type"].endswith("body-too-large")


def test_the_document_is_a_page_without_anything_from_elsewhere(api: Served) -> None:
    answer = get(api, "/api/v1/docs")
    assert answer.headers["content-type"].startswith("text/html")
    page = answer.text
    for said in ("/webhooks/generic", "/api/v1/keys", "POST", "disk full", "telegraf on web-1"):
        assert said in page
    assert "<script" not in page
    assert re.findall(r"""(?:src|href)=["']([^"']*)""", page) == ["/api/v1/openapi.json"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_why_something_is_down_is_for_those_we_know(api: Served) -> None:
    for path in ("/health", "/healthz", "/readiness", "/readyz"):
        assert set(get(api, path).json()) == {"status", "checks"}
        for known in (api.client(), api.producer()):
            with known as client:
                found = client.get(path).json()["details"]
            assert set(found) == {"postgres", "broker", "disk"}
            assert found["postgres"]["reason"] == ""
            assert found["postgres"]["latency_ms"] >= 0
    assert "details" not in get(api, "/health", x_api_key="wrong").json()
    assert "details" not in get(api, "/health", authorization="Bearer wrong").json()
