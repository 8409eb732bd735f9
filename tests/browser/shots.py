"""Pictures of every page, in both schemes and widths, to look at: `make shots`.

`python -m tests.browser.shots FOLDER [URL USERNAME PASSWORD]`; without a URL the pages show the
examples of the tests.
"""

import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from tests.browser.screens import NARROW, WIDE, Scheme, browsing, screen
from tests.browser.serving import chromium, workspace

_SCHEMES: Final[tuple[Scheme, ...]] = ("dark", "light")
_EXTRA: Final = ("/_styleguide", "/settings?tab=users", "/settings?tab=keys", "/settings?tab=audit")


def shoot(browser: Browser, url: str, folder: Path, login: tuple[str, str]) -> int:
    """Writes the pictures; how many there are."""
    count = 0
    for scheme in _SCHEMES:
        for size in (WIDE, NARROW):
            with screen(browser, url, scheme=scheme, size=size) as one:
                one.page.goto(f"{url}/login")
                one.page.screenshot(path=folder / f"login-{scheme}-{size[0]}.png")
                one.page.get_by_label("User name").fill(login[0])
                one.page.get_by_label("Password").fill(login[1])
                one.page.get_by_role("button", name="Sign in").click()
                one.go("/settings")
                links = one.page.locator("[data-nav]").evaluate_all(
                    "all => all.map(a => a.dataset.nav)"
                )
                for path in [*dict.fromkeys(links), *_EXTRA]:
                    one.go(path).page.wait_for_timeout(1500)
                    name = re.sub(r"\W+", "-", path).strip("-") or "dashboard"
                    file = folder / f"{name}-{scheme}-{size[0]}.png"
                    one.page.screenshot(path=file, full_page=True)
                    count += 1
    return count


def main(folder: Path, *where: str) -> int:
    """Into `folder`, of the workspace at a URL or of one with examples."""
    folder.mkdir(parents=True, exist_ok=True)
    with browsing(chromium()) as browser:
        if where:
            url, username, password = where
            shoot(browser, url.rstrip("/"), folder, (username, password))
            return 0
        with tempfile.TemporaryDirectory() as name, workspace(Path(name)) as served:
            shoot(browser, served.url, folder, ("ada", "right-password"))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
