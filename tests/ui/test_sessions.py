"""The middleware and the login, against an API of the contract, without a browser."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from tests.ui.fake_api import Fake, create_fake
from ui import health, login
from ui.client import Renewals
from ui.cookies import jar_of
from ui.live import Upstreams
from ui.policy import content_policy
from ui.session import Gate, Sessions
from ui.visit import api, visit

ORIGIN = "http://127.0.0.1:8050"
HTML = {"accept": "text/html"}


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
async def browser(fake: Fake, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the workspace's middleware; `/` and `/_dash-x` ask the API who is signed in."""
    transport = httpx.ASGITransport(create_fake(fake))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as upstream:
        gate = Gate(
            upstream,
            Renewals(upstream),
            jar_of("instance"),
            Upstreams("ws://api"),
            "",
            content_policy([]),
        )
        app = FastAPI()
        app.include_router(login.routes(gate, tmp_path))
        app.include_router(health.routes(gate))

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def anything(request: Request) -> JSONResponse:
            me = await api().get("/me")
            return JSONResponse({"me": me["username"], "session": visit().session})

        outside = httpx.ASGITransport(Sessions(app, gate), client=("127.0.0.1", 1234))
        async with httpx.AsyncClient(transport=outside, base_url=ORIGIN) as client:
            yield client


async def sign_in(browser: httpx.AsyncClient, **changes: str) -> httpx.Response:
    typed = {"username": "ada", "password": "right-password", **changes}
    return await browser.post("/login?next=/alerts", data=typed, headers={"origin": ORIGIN})


async def test_a_login_leads_back_and_its_cookies_are_no_scripts_affair(
    browser: httpx.AsyncClient,
) -> None:
    refused = await browser.get("/alerts?a=1", headers=HTML)
    assert refused.status_code == 303
    assert refused.headers["location"] == "/login?next=%2Falerts%3Fa%3D1"
    answer = await sign_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts")
    assert all("HttpOnly" in line for line in answer.headers.get_list("set-cookie"))
    assert (await browser.get("/", headers=HTML)).json() == {"me": "ada", "session": "s1"}


async def test_a_wrong_password_says_so_and_keeps_the_name(browser: httpx.AsyncClient) -> None:
    answer = await sign_in(browser, username='ada"><script>', password="wrong")
    assert answer.status_code == 401
    assert "User name or password is wrong." in answer.text
    assert "ada&quot;&gt;&lt;script&gt;" in answer.text
    assert "set-cookie" not in answer.headers


async def test_other_sites_cannot_write(browser: httpx.AsyncClient) -> None:
    await sign_in(browser)
    for path in ("/login", "/logout", "/_dash-update-component"):
        for origin in ("http://evil.example", "null", None):
            headers = {"origin": origin} if origin else {}
            answer = await browser.post(path, headers=headers)
            assert answer.status_code == 403, (path, origin)


async def test_without_a_session_data_is_refused_and_pages_lead_to_the_login(
    browser: httpx.AsyncClient,
) -> None:
    assert (await browser.get("/_dash-layout")).status_code == 401
    assert (await browser.get("/login")).status_code == 200
    assert (await browser.get("/api/health")).json()["status"] == "ok"


async def test_an_old_token_is_renewed_once_for_all_who_wait(
    browser: httpx.AsyncClient, fake: Fake
) -> None:
    fake.access_seconds = -1
    await sign_in(browser)
    fake.access_seconds = 600
    answers = await asyncio.gather(*(browser.get(f"/_dash-{n}") for n in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert [path for _, path, _ in fake.calls].count("/api/v1/auth/refresh") == 1
    assert any("refresh-2" in answer.headers.get("set-cookie", "") for answer in answers)


async def test_a_page_renews_its_cookies_before_they_are_over(
    browser: httpx.AsyncClient, fake: Fake
) -> None:
    fake.access_seconds = 100
    await sign_in(browser)
    fake.access_seconds = 1800
    assert "set-cookie" not in (await browser.get("/_dash-layout")).headers
    answer = await browser.post("/session", headers={"origin": ORIGIN})
    assert 1700 < answer.json()["seconds"] <= 1800
    assert "refresh-2" in answer.headers["set-cookie"]
    answer = await browser.post("/session", headers={"origin": ORIGIN})
    assert "set-cookie" not in answer.headers


async def test_a_page_begins_with_cookies_that_last(browser: httpx.AsyncClient, fake: Fake) -> None:
    fake.access_seconds = 100
    await sign_in(browser)
    fake.access_seconds = 1800
    assert "refresh-2" in (await browser.get("/", headers=HTML)).headers["set-cookie"]
    fake.down = True
    assert (await browser.post("/session", headers={"origin": ORIGIN})).status_code == 503


async def test_two_processes_that_renew_at_once_log_nobody_out(
    browser: httpx.AsyncClient, fake: Fake
) -> None:
    fake.access_seconds = -1
    old = await sign_in(browser)
    fake.access_seconds = 600
    cookies = dict(browser.cookies)
    assert (await browser.get("/_dash-a")).status_code == 200
    transport = httpx.ASGITransport(create_fake(fake))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as upstream:
        given = {"refresh_token": cookies[next(name for name in cookies if "refresh" in name)]}
        answer = await upstream.post("/api/v1/auth/refresh", json=given)
    assert (old.status_code, answer.status_code) == (303, 200)


async def test_a_session_that_ended_leads_to_the_login_and_loses_its_cookies(
    browser: httpx.AsyncClient, fake: Fake
) -> None:
    await sign_in(browser)
    fake.ended = True
    answer = await browser.get("/fleet", headers=HTML)
    assert answer.headers["location"] == "/login?next=%2Ffleet"
    assert all("Max-Age=0" in line for line in answer.headers.get_list("set-cookie"))


async def test_logout_ends_the_session_at_the_api_too(
    browser: httpx.AsyncClient, fake: Fake
) -> None:
    await sign_in(browser)
    answer = await browser.post("/logout", headers={"origin": ORIGIN})
    assert answer.headers["location"] == "/login"
    assert fake.ended
    assert (await browser.get("/_dash-layout")).status_code == 401


async def test_plain_http_is_for_this_machine_alone(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/login", headers={"host": "ops.example.com"})
    assert answer.status_code == 403
    assert "not encrypted" in answer.text


async def test_the_api_is_told_who_asks(browser: httpx.AsyncClient, fake: Fake) -> None:
    await sign_in(browser)
    fake.calls.clear()
    headers = {"x-foreshock-action": "abcdef0123456789", "x-forwarded-for": "10.9.8.7"}
    await browser.get("/_dash-layout", headers=headers)
    told = fake.calls[0][2]
    assert told["x-foreshock-action"] == "abcdef0123456789"
    assert told["x-forwarded-for"] == "10.9.8.7, 127.0.0.1"
    await browser.get("/_dash-layout", headers={"x-foreshock-action": "no\tgood"})
    assert len(fake.calls[-1][2]["x-foreshock-action"]) == 16


async def test_the_first_login_is_shown_on_the_machine_itself_alone(
    browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "admin.login.json").write_text('{"username": "admin", "password": "made-once"}')
    assert "made-once" in (await browser.get("/login")).text
    forwarded = await browser.get("/login", headers={"x-forwarded-for": "127.0.0.1"})
    assert "made-once" not in forwarded.text


async def test_every_answer_carries_the_policy(browser: httpx.AsyncClient) -> None:
    for path in ("/login", "/alerts", "/_dash-layout", "/api/health"):
        headers: Any = (await browser.get(path, headers=HTML)).headers
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


async def test_with_the_api_down_a_page_still_comes(browser: httpx.AsyncClient, fake: Fake) -> None:
    await sign_in(browser)
    fake.down = True
    answer = await sign_in(browser)
    assert answer.status_code == 503
    assert (await browser.get("/api/health")).json()["status"] == "degraded"
