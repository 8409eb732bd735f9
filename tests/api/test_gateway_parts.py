"""The parts of the gateway alone: addresses, kinds, buckets, links, versions, the page."""

from ipaddress import ip_network
from typing import Any

import pytest
from fastapi import Request, Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from api.bucket import Bucket, Rate
from api.clients import Clients, client_in, is_in, origin_of
from api.document import page_of
from api.gateway import Gateway, refuse_key_in_url
from api.keys import presented
from api.kinds import Kind, kind_of, outer_path, route_path
from api.limits import headers_of
from api.listing import link_next
from api.problems import Problem
from api.versions import expected_version
from schemas.pages import Page

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


@pytest.mark.parametrize(
    ("hops", "address"),
    [
        ([], "10.0.0.1"),
        (["192.0.2.7"], "192.0.2.7"),
        (["1.1.1.1", "192.0.2.7"], "192.0.2.7"),
        (["1.1.1.1", "192.0.2.7", " 10.9.9.9"], "192.0.2.7"),
        (["10.1.1.1", "10.2.2.2"], "10.1.1.1"),
        (["192.0.2.7:4711"], "192.0.2.7"),
        (["[2001:db8::7]:443"], "2001:db8::7"),
        (["2001:db8::7"], "2001:db8::7"),
        (["::ffff:192.0.2.7"], "192.0.2.7"),
        (["192.0.2.7", "unknown"], "10.0.0.1"),
        (["<script>"], "10.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_say_is_believed(hops: list[str], address: str) -> None:
    assert origin_of("10.0.0.1", hops, TRUSTED) == address


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=20))
def test_whatever_a_header_holds_the_peer_or_an_address_comes_out(
    hops: list[str], peer: str
) -> None:
    found = origin_of(peer, hops, TRUSTED)
    assert found == peer or (not is_in(found, []) and "," not in found)


def scope(peer: str = "192.0.2.1", scheme: str = "http", **headers: str) -> dict[str, Any]:
    """A request as the server hands it over."""
    sent = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return {"type": "http", "client": (peer, 1), "scheme": scheme, "headers": sent}


def test_forwarded_headers_of_strangers_are_not_believed() -> None:
    clients = Clients(["10.0.0.0/8"], "the secret of the UI")
    sent = {"x_forwarded_for": "198.51.100.9", "x_forwarded_proto": "https"}
    stranger = clients.of(scope(**sent, x_foreshock_action="a"))
    assert (stranger.address, stranger.https, stranger.action) == ("192.0.2.1", False, "")
    proxy = clients.of(scope("10.0.0.1", **sent, x_foreshock_action="a"))
    assert (proxy.address, proxy.https, proxy.action) == ("198.51.100.9", True, "")
    known = {"x_foreshock_ui": "the secret of the UI", "x_foreshock_action": "a"}
    ui = clients.of(scope(**sent, **known))
    assert (ui.address, ui.https, ui.action) == ("198.51.100.9", True, "a")
    with pytest.raises(Problem, match="UI_SERVICE_SECRET"):
        clients.of(scope(x_foreshock_ui="wrong"))


@pytest.mark.parametrize(
    ("query", "sent", "opened"),
    [
        ("ticket=a", {}, True),
        ("access_token=a", {}, False),
        ("", {"x_foreshock_ui": "wrong"}, False),
    ],
)
async def test_a_socket_with_a_key_in_its_url_or_a_wrong_credential_is_not_opened(
    query: str, sent: dict[str, str], opened: bool
) -> None:
    reached, said = [], []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        reached.append(client_in(scope).address)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        said.append(message)

    asked = {**scope(**sent), "type": "websocket", "query_string": query.encode()}
    await Gateway(app, Clients([], "s"))(asked, receive, send)
    assert reached == (["192.0.2.1"] if opened else [])
    assert said == ([] if opened else [{"type": "websocket.close", "code": 1008}])


@pytest.mark.parametrize(
    ("peer", "forwarded", "local"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("192.0.2.1", {}, False),
        ("127.0.0.1", {"x_forwarded_for": "192.0.2.1"}, False),
        ("127.0.0.1", {"forwarded": "for=192.0.2.1"}, False),
        ("10.0.0.1", {"x_forwarded_for": "127.0.0.1"}, True),
        ("10.0.0.1", {"x_forwarded_for": "192.0.2.1"}, False),
    ],
)
def test_a_proxy_on_this_machine_makes_nobody_local(
    peer: str, forwarded: dict[str, str], local: bool
) -> None:
    assert Clients(["10.0.0.0/8"], "s").of(scope(peer, **forwarded)).local is local


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/readyz", Kind.FREE),
        ("GET", "/api/v1/stream", Kind.FREE),
        ("POST", "/webhooks/generic", Kind.INGEST),
        ("PUT", "/api/v1/uploads/7", Kind.INGEST),
        ("POST", "/api/v1/uploads", Kind.WRITE),
        ("POST", "/api/v1/auth/login", Kind.AUTH),
        ("GET", "/api/v1/alerts", Kind.READ),
        ("POST", "/api/v1/alerts:bulk", Kind.WRITE),
        ("DELETE", "/api/v1/keys/1", Kind.WRITE),
        ("GET", "/nowhere", Kind.READ),
    ],
)
def test_kinds(method: str, path: str, kind: Kind) -> None:
    assert kind_of(method, path) is kind


@pytest.mark.parametrize(
    ("path", "inner"),
    [("/ops/health", "/health"), ("/health", "/health"), ("/opsx/a", "/opsx/a"), ("/ops/", "/")],
)
def test_a_base_path_may_be_there_or_cut_off(path: str, inner: str) -> None:
    found = {"path": path, "root_path": "/ops"}
    assert route_path(found) == inner
    assert outer_path(found) == f"/ops{inner}"


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(1, 20), st.floats(0.01, 5))
def test_a_bucket_never_gives_more_than_its_rate(
    pauses: list[float], capacity: int, per_second: float
) -> None:
    rate, now, given_out = Rate(capacity, per_second), 0.0, 0
    bucket = Bucket(capacity, now)
    for pause in pauses:
        now += pause
        taken = bucket.take(rate, now)
        given_out += taken.allowed
        assert 0 <= taken.left <= capacity
        assert taken.allowed or taken.wait(rate) >= 1
        assert given_out <= capacity + now * per_second + 1e-6


def test_an_empty_bucket_fills_again_and_a_clock_that_goes_back_harms_nothing() -> None:
    rate, bucket = Rate(2, 0.5), Bucket(2, 100.0)
    taken = [bucket.take(rate, 100.0) for _ in range(3)]
    assert [one.allowed for one in taken] == [True, True, False]
    assert (taken[-1].wait(rate), taken[-1].until_full(rate)) == (2, 4)
    assert headers_of(Kind.READ, rate, taken[0]) == {
        "RateLimit-Limit": "2",
        "RateLimit-Remaining": "1",
        "RateLimit-Reset": "2",
        "RateLimit-Policy": '"read";q=2;w=4',
        "RateLimit": '"read";r=1;t=2',
    }
    assert not bucket.take(rate, 50.0).allowed
    assert bucket.take(rate, 52.0).allowed


@pytest.mark.parametrize(
    "query", ["key=abc", "a=1&api_key=", "API_KEY=x", "api%5Fkey=x", "access_token=x", "apikey"]
)
def test_a_key_in_a_url_is_refused_and_not_repeated(query: str) -> None:
    with pytest.raises(Problem) as raised:
        refuse_key_in_url(query.encode())
    assert raised.value.kind == "key-in-url"
    assert "abc" not in raised.value.detail


@pytest.mark.parametrize("query", ["", "source=key", "label.key=1", "keys=1", "cursor=a%26key%3D1"])
def test_other_parameters_pass(query: str) -> None:
    refuse_key_in_url(query.encode())


def request(path: str = "/api/v1/keys", query: str = "", base: str = "", **headers: str) -> Request:
    """As a route gets it."""
    about = {"path": base + path, "root_path": base, "query_string": query.encode()}
    return Request({**scope(**headers), **about, "server": ("host", 80), "method": "GET"})


def test_the_next_page_has_the_same_question() -> None:
    response = Response()
    page: Page[str] = Page(items=["a"], next_cursor="new")
    asked = request(query="q=a%26b&q=c&cursor=old&limit=5", base="/ops")
    link_next(asked, response, page)
    expected = '</ops/api/v1/keys?q=a%26b&q=c&limit=5&cursor=new>; rel="next"'
    assert response.headers["link"] == expected
    last = Response()
    link_next(request(), last, Page(items=["a"]))
    assert "link" not in last.headers


def test_a_filter_s_signs_do_not_end_the_link_to_the_next_page() -> None:
    response = Response()
    asked = request(query='severity>=high&at<now&q="a\\b"%3Cé')
    link_next(asked, response, Page(items=["a"], next_cursor="new"))
    query = "severity%3E=high&at%3Cnow&q=%22a%5Cb%22%3C%C3%A9&cursor=new"
    assert response.headers["link"] == f'</api/v1/keys?{query}>; rel="next"'


@pytest.mark.parametrize("said", ["é", "!!!", "/w=="])
def test_what_is_no_basic_login_presents_no_key(said: str) -> None:
    assert list(presented({"authorization": f"Basic {said}"}, "x-api-key")) == []


@pytest.mark.parametrize(("said", "version"), [("*", None), ('"3"', 3), ('W/"12"', 12)])
def test_if_match_names_a_version(said: str, version: int | None) -> None:
    assert expected_version(request(if_match=said)) == version
    assert expected_version(request()) is None


@pytest.mark.parametrize("said", ['"x"', '"1", "2"', '""', '"-1"'])
def test_an_if_match_that_is_not_understood_changes_nothing(said: str) -> None:
    with pytest.raises(Problem, match="If-Match"):
        expected_version(request(if_match=said))


def test_the_page_of_the_document_shows_text_as_text() -> None:
    hostile = '<script>alert("1")</script>'
    operation = {
        "tags": [hostile],
        "description": hostile,
        "parameters": [{"name": hostile, "in": "query", "schema": {"type": hostile}}],
        "requestBody": {
            "content": {
                "text/plain": {"example": hostile},
                "application/json": {"schema": {"$ref": "#/components/schemas/Model"}},
            }
        },
        "responses": {"200": {"description": hostile}},
    }
    page = page_of(
        {
            "info": {"title": hostile, "version": "1", "description": hostile},
            "paths": {f"/{hostile}": {"post": operation}},
            "components": {
                "schemas": {
                    "Model": {
                        "properties": {
                            "name": {"type": "string", "examples": ["web-1"]},
                            "level": {"enum": ["a", "b"]},
                        }
                    }
                }
            },
        },
        f"/{hostile}",
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 8
    assert "&quot;name&quot;: &quot;web-1&quot;" in page
    assert "a | b" in page
