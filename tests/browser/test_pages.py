"""Every page, dark and wide, light and narrow: no complaint, nobody else asked, axe is content.

`make shots` shows all four combinations; what one of the other two alone breaks is to be seen.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.screens import NARROW, WIDE, Scheme, screen
from tests.browser.serving import Workspace

pytestmark = pytest.mark.xdist_group("browser")
EXTRA = ("/_styleguide", "/settings?tab=users", "/settings?tab=keys", "/settings?tab=audit")


def serious(page: Any) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize(("scheme", "size"), [("dark", WIDE), ("light", NARROW)])
def test_pages_are_without_fault(
    browser: Browser, served: Workspace, scheme: Scheme, size: tuple[int, int]
) -> None:
    with screen(browser, served.url, scheme=scheme, size=size) as one:
        one.sign_in("/settings").settled()
        links = one.page.locator("[data-nav]").evaluate_all("all => all.map(a => a.dataset.nav)")
        for path in [*dict.fromkeys(links), *EXTRA]:
            one.go(path)
            assert serious(one.page) == [], path
            wide = one.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size[0], f"{path} scrolls sideways"
        assert one.complaints == []
        assert one.outside == []
