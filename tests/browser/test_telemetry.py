"""Metrics and fleet in the browser: from a host to its metric, and back by the link."""

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


def test_a_link_to_a_metric_opens_the_same_again(one: Screen) -> None:
    one.sign_in("/metrics").settled()
    one.page.wait_for_url("**/metrics?host=db-prod-03&metric=cpu_usage")  # it says what it chose
    page = one.page
    page.locator("#metrics-list").get_by_text("load1").click()
    page.wait_for_url("**/metrics?host=db-prod-03&metric=load1")
    expect(page.locator("#metrics-title")).to_have_text("db-prod-03 · load1")
    page.locator("#metrics-beside").click()
    page.get_by_role("option", name="memory_used_percent").click()
    page.wait_for_url("**&also=memory_used_percent")
    expect(page.locator("#metrics-key")).to_contain_text("memory_used_percent")
    link = page.url
    page.go_back()
    page.go_back()
    page.wait_for_url("**&metric=cpu_usage")
    expect(page.locator("#metrics-title")).to_have_text("db-prod-03 · cpu_usage")
    page.goto(link)
    one.settled()
    expect(page.locator("#metrics-title")).to_have_text("db-prod-03 · load1")
    expect(page.locator("#metrics-beside")).to_have_value("memory_used_percent")


def test_a_brush_is_the_range_and_a_search_narrows_the_list(one: Screen) -> None:
    one.sign_in("/metrics?host=db-prod-03&metric=cpu_usage").settled()
    page = one.page
    expect(page.locator("#metrics-chart .scatterlayer .trace").first).to_be_attached()
    box = page.locator("#metrics-chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + 200, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 110, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile("from=.*to="))
    page.locator("#metrics-find").fill("no such thing")
    page.wait_for_url(re.compile("q=no"))
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#metrics-find")).to_have_value("")
    expect(page.locator("#metrics-list").get_by_text("load1")).to_be_visible()


def test_a_host_opens_by_keys_and_leads_to_its_metrics(one: Screen) -> None:
    one.sign_in("/fleet").settled()
    page = one.page
    expect(page.locator("#fleet-grid").get_by_text("db-prod-03", exact=True)).to_be_visible()
    page.get_by_role("link", name="silent", exact=False).first.click()
    page.wait_for_url("**/fleet?state=silent*")
    expect(page.locator("#fleet-grid").get_by_text("db-prod-03", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("#fleet-grid").get_by_text("db-prod-03", exact=True)).to_be_visible()
    head = page.locator("#fleet-grid .ag-header-cell[col-id=host]")
    head.click()
    page.wait_for_url("**sort=host*")
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.go_back()
    expect(head).to_have_attribute("aria-sort", "none")
    assert "sort=" not in page.url
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**sel=db-prod-03*")
    drawer = page.locator("#fleet-drawer")
    expect(drawer.get_by_text("cpu_usage is unusual on db-prod-03")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.keyboard.press("Enter")
    drawer.get_by_role("link", name="Metrics", exact=True).click()
    page.wait_for_url(re.compile("/metrics.*host=db-prod-03"))
    one.settled()
    expect(page.locator("#metrics-title")).to_contain_text("db-prod-03")
