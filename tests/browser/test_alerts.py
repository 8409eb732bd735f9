"""The alerts page in a browser: keys, the pill, what stays; the brush of the dashboard."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.screens import NARROW, Screen, screen
from tests.browser.serving import Workspace
from tests.ui.alert_answers import alert, alert_answers

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def one(browser: Browser, served: Workspace) -> Iterator[Screen]:
    """A tab that complained of nothing when the test is done; every alert as it was before."""
    served.fake.answers |= alert_answers()
    with screen(browser, served.url) as made:
        yield made
        assert made.complaints == []
        assert made.outside == []


def row(one: Screen, alert_id: str) -> Locator:
    return one.page.locator(f'#alerts .ag-center-cols-container [row-id="{alert_id}"]')


def test_a_key_acknowledges_the_row_in_focus_and_the_open_alert(one: Screen) -> None:
    one.sign_in("/alerts").settled()
    expect(row(one, "a1")).to_contain_text("firing")
    one.page.keyboard.press("j")
    one.page.keyboard.press("?")
    keys = one.page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("follow log lines")
    one.page.keyboard.press("e")  # is not for what is behind the sheet
    one.page.keyboard.press("j")
    one.page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(row(one, "a1").locator("[col-id=severity]")).to_be_focused()
    expect(row(one, "a1")).to_contain_text("firing")
    one.page.keyboard.press("e")
    expect(row(one, "a1")).to_contain_text("acknowledged")
    expect(one.page.locator(".toast")).to_contain_text("Acknowledged")
    expect(row(one, "a1")).to_have_class(re.compile(r"\backnowledged\b"))
    one.page.keyboard.press("j")
    one.page.keyboard.press("Enter")
    drawer = one.page.locator("#alerts-drawer")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text("What changed in the 30 minutes before")
    expect(drawer).to_be_focused()
    one.page.wait_for_url("**/alerts?sel=b1")
    one.page.keyboard.press("e")
    expect(one.page.locator("#alert-note")).to_contain_text("acknowledged")
    expect(row(one, "b1")).to_contain_text("acknowledged")
    one.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(row(one, "b1").locator("[col-id=severity]")).to_be_focused()


def test_new_alerts_wait_behind_the_pill_while_one_selects(one: Screen, served: Workspace) -> None:
    one.sign_in("/alerts").settled()
    one.page.keyboard.press("j")
    one.page.keyboard.press("x")
    expect(one.page.locator("#alerts-bulk")).to_contain_text("1 selected")
    expect(one.page.locator("#live-word")).to_have_text("Live")
    new = alert("z9", title="a new one")
    served.fake.answers["alerts"]["items"].insert(0, new)
    served.publish("alerts", "alert", new)
    pill = one.page.locator("#alerts-pill")
    expect(pill).to_have_text("1 new")
    expect(row(one, "z9")).to_have_count(0)
    pill.click()
    expect(row(one, "z9")).to_be_visible()
    expect(pill).to_be_hidden()


def test_a_double_click_decides_once(one: Screen, served: Workspace) -> None:
    one.sign_in("/alerts?sel=a1").settled()
    one.page.locator("#alert-text").fill("looked at it")
    before = len(served.fake.calls)
    one.page.get_by_role("button", name="Comment").dblclick(delay=60)
    expect(one.page.locator(".toast").first).to_be_visible()
    one.page.wait_for_timeout(500)
    asked = [path for method, path, _ in served.fake.calls[before:] if method == "POST"]
    assert [path for path in asked if path.endswith("/comment")] == ["/api/v1/alerts/a1/comment"]
    expect(one.page.locator("#alert-acts button").first).to_be_enabled()
    one.page.keyboard.press("Escape")
    expect(one.page.locator("#alerts-drawer")).to_be_hidden()
    done = [{"id": "a1", "status": "applied", "reason": ""}]
    served.fake.answers["POST alerts:bulk"] = {"applied": 1, "items": done}
    one.page.keyboard.press("j")
    one.page.keyboard.press("x")
    expect(one.page.locator("#alerts-bulk")).to_contain_text("1 selected")
    before = len(served.fake.calls)
    one.page.get_by_role("button", name="Assign to me").dblclick(delay=60)
    expect(one.page.locator("#alerts-bulk")).to_be_hidden()
    asked = [path for method, path, _ in served.fake.calls[before:] if method == "POST"]
    assert asked == ["/api/v1/alerts:bulk"]


def test_what_is_typed_stays_with_its_alert(one: Screen) -> None:
    one.sign_in("/alerts?sel=a1").settled()
    drawer, text = one.page.locator("#alerts-drawer"), one.page.locator("#alert-text")
    text.fill("this is about a1")
    one.page.keyboard.press("Escape")
    expect(text).not_to_be_focused()
    expect(text).to_have_value("this is about a1")
    one.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    row(one, "b1").locator("[col-id=title]").click()
    one.page.wait_for_url("**/alerts?sel=b1")
    expect(text).to_be_visible()
    expect(text).to_have_value("")


def test_what_comes_one_after_the_other_is_all_shown(one: Screen) -> None:
    one.sign_in("/alerts").settled()
    expect(row(one, "b1")).to_be_visible()
    told = """id => dash_clientside.set_props("live",
        {data: {events: [{topic: "alerts", kind: "alert", data: {id}}], resync: false}})"""
    for alert_id in ("a1", "b1"):
        one.page.evaluate(told, alert_id)
        one.page.wait_for_timeout(150)
    heard = "() => dash_component_api.getLayout('alerts-events').props.data?.ids?.join()"
    one.page.wait_for_function(f"() => ({heard})() === 'a1,b1'")


def test_how_long_ago_something_was_goes_on_by_itself(one: Screen, served: Workspace) -> None:
    began = datetime.now(UTC).isoformat()
    served.fake.answers["alerts"]["items"][0] = alert(first_seen=began)
    one.sign_in("/alerts").settled()
    cell = row(one, "a1").locator("[col-id=first_seen]")
    expect(cell).to_contain_text("ago")
    expect(cell).not_to_have_text(cell.inner_text())


def test_what_failed_comes_back_by_itself_or_at_once(one: Screen, served: Workspace) -> None:
    one.sign_in("/alerts").settled()
    # Else the connection would be lost and come back, and with it the rows, before the click.
    expect(one.page.locator("#live-word")).to_have_text("Live")
    one.page.wait_for_function(
        "() => dash_component_api.getLayout('alerts-again').props.disabled === true"
    )
    clock = "interval => dash_clientside.set_props('alerts-again', {interval})"
    one.page.evaluate(clock, 10_000_000)  # it must not come before the click
    served.fake.down = True
    one.page.locator("#alerts-facets").get_by_role("link", name="nagios 1").click()
    failed = one.page.locator("#alerts-state [data-state=failed]")
    expect(failed).to_be_visible()
    served.fake.down = False
    # No waiting for it: whatever else asks again may have taken it away by now.
    one.page.evaluate("() => document.querySelector('[data-again]')?.click()")
    expect(row(one, "a1")).to_be_visible()
    served.fake.down = True
    one.page.get_by_label("Take out: source is nagios").click()
    expect(failed).to_be_visible()
    served.fake.down = False
    one.page.evaluate(clock, 1_000)
    expect(failed).to_be_hidden()
    expect(row(one, "a1")).to_be_visible()
    visit = "() => dash_component_api.getLayout('alerts-visit').props.data?.seen_at"
    seen_at = one.page.evaluate(visit)
    assert seen_at
    one.page.get_by_role("link", name="Settings").first.click()
    one.page.wait_for_url("**/settings*")
    assert one.page.evaluate(visit) == seen_at


def test_a_facet_is_a_link_that_survives_reload_and_back(one: Screen) -> None:
    one.sign_in("/alerts").settled()
    one.page.locator("#alerts-facets").get_by_role("link", name="nagios 1").click()
    one.page.wait_for_url("**/alerts?source=nagios")
    expect(one.page.get_by_label("Take out: source is nagios")).to_be_visible()
    one.page.reload()
    one.settled()
    expect(one.page.get_by_label("Take out: source is nagios")).to_be_visible()
    one.page.go_back()
    expect(one.page.get_by_label("Take out: source is nagios")).to_have_count(0)


def test_a_thumb_acknowledges_a_card(browser: Browser, served: Workspace) -> None:
    served.fake.answers |= alert_answers()
    with screen(browser, served.url, size=NARROW) as one:
        one.sign_in("/alerts").settled()
        one.page.set_default_timeout(60_000)
        card = row(one, "a1")
        expect(card).to_contain_text("firing")
        live = one.page.locator("#live-button")
        expect(live).to_have_attribute("data-state", "live")
        # A signal that changes nothing of what the card shows.
        newer = alert(version=9)
        served.fake.answers["alerts"]["items"][0] = newer
        served.publish("alerts", "alert", newer)
        version = "() => dash_ag_grid.getApi('alerts').getRowNode('a1').data.version === 9"
        one.page.wait_for_function(version)
        before = len(served.fake.calls)
        button = card.get_by_role("button", name="Acknowledge")
        button.focus()
        one.page.keyboard.press("Enter")  # on the button, not on its row
        expect(card).to_contain_text("acknowledged")
        expect(one.page.locator("#alerts-drawer")).to_be_hidden()
        calls = served.fake.calls[before:]
        seen = [told["if-match"] for _, path, told in calls if path.endswith("/a1/acknowledge")]
        assert seen == ['"9"']
        assert one.complaints == []


def test_drawing_over_a_chart_sets_the_time_range(one: Screen) -> None:
    one.sign_in("/").settled()
    expect(one.page.locator("#dashboard-headline")).to_contain_text("db-prod-03")
    area = one.page.locator("#dashboard-errors .nsewdrag")
    box = area.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    one.page.mouse.move(box["x"] + box["width"] * 0.2, middle)
    one.page.mouse.down()
    one.page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=8)
    one.page.mouse.up()
    one.page.wait_for_url(re.compile("from=.*to="))
