"""Each page of the workspace in Chromium, on the real API: from its address to what it shows.

Cold is a browser that was never here; warm has scripts and fonts in its cache, the median of nine.
The baseline is the login, a page without data and without Dash.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from statistics import median
from typing import Final

from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from schemas.settings import Settings
from tests.api.telemetry import keep
from tests.bench.end_to_end import fresh
from tests.bench.lists import alerts
from tests.bench.measuring import report
from tests.browser.processes import Server, serving_all
from tests.browser.screens import Screen, browsing, screen
from tests.browser.serving import chromium

USER: Final = "ada"
PASSWORD: Final = "right-password"
_TIMES: Final = 9
_ALERTS: Final = 5_000


@contextmanager
def site(settings: Settings, name: str) -> Iterator[tuple[Server, Server]]:
    """API and workspace of an installation of their own, with an admin who is known."""
    own = fresh(settings, name)
    found = own.model_copy(
        update={
            "bootstrap_admin_username": USER,
            "bootstrap_admin_password": SecretStr(PASSWORD),
            "rate_limit_per_minute": 0,
        }
    )
    api = Server("api", found)
    workspace = Server("ui", found.model_copy(update={"ui_api_url": api.url}))
    with serving_all(api), serving_all(workspace):
        yield api, workspace


def run(settings: Settings) -> None:
    """Seconds."""
    with ExitStack() as opened:
        api, workspace = opened.enter_context(site(settings, "pages"))
        keep(api.settings, alerts=list(islice(alerts(), _ALERTS)))
        browser = opened.enter_context(browsing(chromium()))  # no loop but its own from here on
        with screen(browser, workspace.url) as one:
            one.sign_in("/settings", PASSWORD).settled()
            links = one.page.locator("[data-nav]").evaluate_all(
                "all => all.map(a => a.dataset.nav)"
            )
            paths = list(dict.fromkeys(links))
            warm = {path: median(_open(one, path) for _ in range(_TIMES)) for path in paths}
        cold = {path: _cold(browser, workspace.url, path) for path in paths}
        baseline = _login(browser, workspace.url)
    slowest = max(warm.values())
    report(
        "pages",
        warm_s={path: round(seconds, 2) for path, seconds in warm.items()},
        cold_s={path: round(seconds, 2) for path, seconds in cold.items()},
        slowest_s=round(slowest, 2),
        baseline_s=round(baseline, 2),
        ratio=round(slowest / baseline, 1),
    )


def _open(one: Screen, path: str) -> float:
    began = time.perf_counter()
    one.go(path)
    return time.perf_counter() - began


def _cold(browser: Browser, url: str, path: str) -> float:
    """The cookies of a session, and nothing else."""
    with screen(browser, url) as signing:
        signing.sign_in("/settings", PASSWORD).settled()
        cookies = signing.page.context.cookies()
    with screen(browser, url) as one:
        one.page.context.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave itself
        return _open(one, path)


def _login(browser: Browser, url: str) -> float:
    with screen(browser, url) as one:
        took = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            one.page.goto(f"{url}/login")
            expect(one.page.get_by_label("User name")).to_be_visible()
            took.append(time.perf_counter() - began)
    return median(took)
