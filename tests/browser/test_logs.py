"""Patterns and log lines in a browser: a filter survives, one thing leads to the next."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.screens import Screen, screen
from tests.browser.serving import Workspace

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def one(browser: Browser, served: Workspace) -> Iterator[Screen]:
    """A tab that complained of nothing when the test is done."""
    with screen(browser, served.url) as made:
        yield made
        assert made.complaints == []
        assert made.outside == []


def test_a_filter_survives_reload_and_back(one: Screen) -> None:
    one.sign_in("/patterns?range=6h").settled()
    page = one.page
    page.locator("#patterns-grid .ag-header-cell", has_text="First seen").click()
    page.wait_for_url("**sort=first_seen*")
    page.go_back()
    page.wait_for_url(re.compile("range=6h$"))
    text = page.get_by_label("Text of a pattern")
    text.fill("password")
    text.press("Enter")
    page.wait_for_url(re.compile("range=6h.*q=password"))
    page.reload()
    one.settled()
    expect(text).to_have_value("password")
    page.go_back()
    page.wait_for_url(re.compile("range=6h$"))
    expect(text).to_have_value("")


def test_from_a_pattern_to_its_lines_to_one_among_its_neighbours(one: Screen) -> None:
    one.sign_in("/patterns").settled()
    page = one.page
    page.locator("#patterns-grid .ag-row").first.locator(".ag-cell").first.click()
    page.wait_for_url("**sel=5f0e3c1a9b7d2e44*")
    drawer = page.locator("#patterns-drawer")
    expect(drawer).to_contain_text("Values of its variables")
    expect(drawer).to_contain_text("\\x1b[31mred")  # hostile text is text
    drawer.get_by_role("link", name="Show lines").click()
    page.wait_for_url("**/logs?pattern=5f0e3c1a9b7d2e44*")
    expect(page.locator(".log-line").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**sel=logs.raw*")
    expect(page.locator("#logs-context .here")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#logs-drawer")).to_be_hidden()


def test_a_tail_waits_while_somebody_reads_further_down(one: Screen, served: Workspace) -> None:
    one.sign_in("/logs").settled()
    page = one.page
    expect(page.locator(".log-line").first).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 500})
    page.get_by_role("button", name="Live tail").click()
    page.wait_for_url("**tail=1*")
    expect(page.locator(".log-chunk").nth(3)).to_be_attached()
    page.mouse.wheel(0, 2000)
    pill = page.locator("#logs-pill")
    expect(pill).to_have_text("5 new")
    pill.click()
    expect(pill).to_be_hidden()
    page.get_by_role("button", name="Live tail").click()
    expect(page.locator("#logs-foot")).to_contain_text("everything of this time")


def test_a_tail_that_is_slower_than_its_clock_goes_on(one: Screen, served: Workspace) -> None:
    served.fake.slow["logs/tail"] = 2.5
    try:
        one.sign_in("/logs?tail=1").settled()
        expect(one.page.locator(".log-chunk").nth(2)).to_be_attached()
    finally:
        served.fake.slow.clear()
