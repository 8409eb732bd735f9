"""Page objects: what a person sees and does, and what a browser complains about meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.serving import PATIENCE_SECONDS

Scheme = Literal["dark", "light"]
WIDE, NARROW = (1440, 900), (390, 844)
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
)
# What a browser says that is no fault of a page: a refused login is a 401 that was asked for.
_NO_FAULTS = ("status of 401", "status of 503")

expect.set_options(timeout=PATIENCE_SECONDS * 1000)

# A grid has its place before its frame, that before its rows, and all of them before its cells are
# shown, which are hidden until their columns have widths: nothing that axe would accept.
_GRIDS_ARE_DRAWN = """() => [...document.querySelectorAll("#page .grid")].every((grid) => {
    const cell = grid.querySelector(".ag-header-cell, .ag-cell");
    return !grid.offsetParent || (
        grid.querySelector(".ag-row, .ag-root[aria-rowcount='1']")
        && (!cell || getComputedStyle(cell).visibility === "visible"));
})"""


class Screen:
    """One tab of one browser with a profile of its own."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self.outside: list[str] = []
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def sign_in(self, path: str = "/", password: str = "right-password") -> "Screen":
        """By the form, and on to `path`."""
        self.page.goto(f"{self.url}/login?next={quote(path, safe='')}")
        self.page.get_by_label("User name").fill("ada")
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self

    def settled(self) -> "Screen":
        """Until the page is drawn and nothing is a skeleton any more."""
        expect(self.page.locator("#page > *").first).to_be_visible()
        expect(self.page.locator("#user-initials")).not_to_have_text("·")
        if "/_styleguide" not in self.page.url:
            expect(self.page.locator("#page [aria-busy]")).to_have_count(0)
        self.page.evaluate("document.fonts.ready")
        self.page.wait_for_function(_GRIDS_ARE_DRAWN)
        return self

    def go(self, path: str) -> "Screen":
        """As if the address was typed."""
        self.page.goto(self.url + path)
        return self.settled()

    def _heard(self, message: Any) -> None:
        if message.type == "error" and not any(known in message.text for known in _NO_FAULTS):
            self.complaints.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.url, "data:", "blob:")):
            self.outside.append(url)


@contextmanager
def browsing(binary: str) -> Iterator[Browser]:
    """Chromium while the block runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def screen(
    browser: Browser, url: str, *, scheme: Scheme = "dark", size: tuple[int, int] = WIDE
) -> Iterator[Screen]:
    """A profile of its own while the block runs."""
    viewport: Any = {"width": size[0], "height": size[1]}
    context = browser.new_context(
        viewport=viewport, color_scheme=scheme, timezone_id="Europe/Berlin", locale="en-GB"
    )
    try:
        yield Screen(context.new_page(), url)
    finally:
        context.close()
