"""Memory of the workspace and the API while three tabs are shown live updates for a while."""

import asyncio
import threading
import time
from datetime import UTC, datetime
from typing import Final

import psutil
from playwright.sync_api import expect

from schemas.settings import Settings
from tests.api.listening import publish
from tests.bench.measuring import Watch, report
from tests.bench.pages import PASSWORD, site
from tests.browser.processes import Server
from tests.browser.screens import browsing, screen
from tests.browser.serving import chromium
from tests.connectors.alerting import alert
from tests.workers import Workers

_PATHS: Final = ("/", "/alerts", "/patterns")
_PAUSE_SECONDS: Final = 0.5  # between new versions of alerts
_ALERTS: Final = 200


def run(settings: Settings, minutes: float) -> None:
    """MiB, and MiB a minute over the last third."""
    with site(settings, "memory") as (api, workspace), Workers(api.settings, ("persist",)):
        watch = Watch({"ui": _process(workspace), "api": _process(api)})
        with browsing(chromium()) as browser, screen(browser, workspace.url) as one:
            one.sign_in(_PATHS[0], PASSWORD).settled()
            tabs = [one.page, *(one.page.context.new_page() for _ in _PATHS[1:])]
            for tab, path in zip(tabs[1:], _PATHS[1:], strict=True):
                tab.goto(workspace.url + path)
                expect(tab.locator("#live-word")).to_have_text("Live")
            over = threading.Event()
            happening = threading.Thread(target=_happen, args=(api.settings, over))
            happening.start()
            until = time.monotonic() + minutes * 60
            while time.monotonic() < until:
                tabs[0].wait_for_timeout(1_000)
                watch.sample()
            over.set()
            happening.join()
            for tab in tabs:
                expect(tab.locator("#live-word")).to_have_text("Live")
    report(
        "memory",
        minutes=minutes,
        tabs=len(_PATHS),
        mib={name: round(found[-1][1] / 2**20) for name, found in watch.rss.items()},
        baseline_mib={name: round(found[0][1] / 2**20) for name, found in watch.rss.items()},
        began_anew=api.log.read_text().count("journal_begins_anew"),
        slope_mib_per_minute=watch.rss_slope_mib_per_minute(),
    )


def _process(server: Server) -> psutil.Process:
    assert server.process
    return psutil.Process(server.process.pid)


def _happen(settings: Settings, over: threading.Event) -> None:
    """One version after the other of the same alerts, as respond writes them."""
    number = 0
    while not over.wait(_PAUSE_SECONDS):
        now = datetime.now(UTC)
        version, one = divmod(number, _ALERTS)
        news = alert(one, version=version + 1, count=version + 1, first_seen=now, last_seen=now)
        asyncio.run(publish(settings, [news]))
        number += 1
