"""Two API processes and two of the workspace behind plain proxies: any may die, and Redis too."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from schemas.settings import Settings
from tests.api.listening import alert, publish
from tests.browser.balancing import balancing
from tests.browser.processes import Server, serving_all
from tests.browser.screens import browsing, screen
from tests.browser.serving import chromium, wait_for
from tests.stack import RunningStack
from tests.valkey import Valkey
from tests.workers import Workers, installation

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("browser")]

USER, PASSWORD = "ada", "right-password"
TABS, ALERTS = 5, 24
TOKEN_SECONDS = 6.0


@dataclass
class Site:
    """What a browser is sent to, and what may die behind it."""

    url: str
    settings: Settings
    servers: list[Server]
    redis: Valkey


@pytest.fixture(scope="module")
def site(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    redis = Valkey(tmp_path_factory.mktemp("redis"))
    first = installation(
        stack,
        access_token_expire_minutes=TOKEN_SECONDS / 60,
        rate_limit_per_minute=100_000,
        redis_url=redis.url,
        bootstrap_admin_username=USER,
        bootstrap_admin_password=PASSWORD,
        jwt_secret_key="both replicas of the API sign with it",
        ui_service_secret="both processes of the workspace have it",
    )
    second = first.model_copy(update={"data_dir": first.data_dir / "second"})
    second.data_dir.mkdir()
    with ExitStack() as opened:
        opened.enter_context(Workers(first, ("persist",)))
        apis = [Server("api", own) for own in (first, second)]
        opened.enter_context(serving_all(*apis))
        api = opened.enter_context(balancing(*(server.port for server in apis)))
        uis = [own.model_copy(update={"ui_api_url": api}) for own in (first, second)]
        shown = [Server("ui", own) for own in uis]
        opened.enter_context(serving_all(*shown))
        url = opened.enter_context(balancing(*(server.port for server in shown)))
        opened.callback(redis.kill)
        yield Site(url, first, [*apis, *shown], redis)


def kill_in_turn(site: Site) -> None:
    """Each server once: killed, missed for a while, started again, and well before the next."""
    site.redis.kill()
    time.sleep(TOKEN_SECONDS)
    site.redis.start()
    for server in site.servers:
        server.kill()
        time.sleep(1)
        server.start()
        wait_for(server.is_there)
        time.sleep(TOKEN_SECONDS / 2)


def send_alerts(site: Site) -> None:
    """One after the other, as respond writes them."""
    for number in range(ALERTS):
        now = datetime.now(UTC)
        new = alert(number).model_copy(update={"first_seen": now, "last_seen": now})
        asyncio.run(publish(site.settings, [new]))
        time.sleep(1)


def stays_signed_in(tabs: list[Page], running: list[Future[None]]) -> None:
    """Looks at every tab until all is done."""
    while not all(one.done() for one in running):
        tabs[0].wait_for_timeout(500)
        assert [tab.url for tab in tabs if "/login" in tab.url] == []
    for one in running:
        one.result()


def test_any_process_may_die_under_five_tabs(site: Site) -> None:
    """Tokens end all the while, and alerts come: nobody is signed out, and every tab has them."""
    with browsing(chromium()) as browser, screen(browser, site.url) as one:
        one.sign_in("/alerts").settled()
        tabs = [one.page, *(one.page.context.new_page() for _ in range(TABS - 1))]
        for tab in tabs[1:]:
            tab.goto(f"{site.url}/alerts")
        for tab in tabs:
            expect(tab.locator("#live-word")).to_have_text("Live")
        with ThreadPoolExecutor(2) as pool:
            stays_signed_in(tabs, [pool.submit(do, site) for do in (kill_in_turn, send_alerts)])
        for tab in tabs:
            expect(tab.locator("#live-word")).to_have_text("Live")
            expect(tab.locator("#alerts-answer")).to_contain_text(f"{ALERTS} firing")
    for server in site.servers:
        assert "journal_begins_anew" not in server.log.read_text()
