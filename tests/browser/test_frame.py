"""What the frame does: login and expiry, live, keys, theme, range, phone."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from schemas.display import shown
from tests.browser.screens import NARROW, Screen, screen
from tests.browser.serving import Workspace

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def one(browser: Browser, served: Workspace) -> Iterator[Screen]:
    """A tab that complained of nothing when the test is done."""
    with screen(browser, served.url) as made:
        yield made
        assert made.complaints == []
        assert made.outside == []


def test_a_login_leads_back_to_where_one_wanted(one: Screen) -> None:
    one.page.goto(f"{one.url}/settings?tab=keys")
    one.page.wait_for_url("**/login?next=*")
    one.sign_in("/settings?tab=keys", password="wrong")
    expect(one.page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    expect(one.page.get_by_label("User name")).to_have_value("ada")
    one.page.get_by_label("Password").fill("right-password")
    one.page.get_by_role("button", name="Sign in").click()
    one.page.wait_for_url("**/settings?tab=keys")
    one.settled()
    expect(one.page).to_have_title(re.compile("Settings · Foreshock"))
    assert one.page.evaluate("document.cookie").count("foreshock") == 1  # the view alone


def test_a_session_that_ended_leads_to_the_login_and_back(one: Screen, served: Workspace) -> None:
    one.sign_in("/settings").settled()
    # Whatever of the page still asks would lead to the login by itself, and take the link away.
    expect(one.page.locator("#live-word")).to_have_text("Live")
    served.fake.ended = True
    one.page.get_by_role("link", name="Users").click()
    one.page.wait_for_url("**/login?next=*tab*")
    one.page.get_by_label("User name").fill("ada")
    one.page.get_by_label("Password").fill("right-password")
    one.page.get_by_role("button", name="Sign in").click()
    one.page.wait_for_url("**/settings?tab=users")
    one.settled()


def test_live_comes_in_words_pauses_and_counts_in_the_inbox(one: Screen, served: Workspace) -> None:
    one.sign_in("/settings").settled()
    word = one.page.locator("#live-word")
    expect(word).to_have_text("Live")
    alert = {**served.fake.answers["alerts"]["items"][0], "id": "a9", "title": "another one"}
    served.fake.answers["alerts"]["items"].append(alert)
    for version in (1, 2, 3):
        served.publish("alerts", "alert", {**alert, "version": version})
    before = len(served.fake.calls)
    expect(one.page.locator("#inbox-count")).to_have_text("4")
    asked = [path for _, path, _ in served.fake.calls[before:] if path.endswith("/alerts")]
    assert len(asked) == 2  # for three events at once
    one.page.keyboard.press(".")
    expect(word).to_have_text("Paused")
    one.page.keyboard.press(".")
    expect(word).to_have_text("Live")
    served.fake.answers["alerts"]["items"].pop()


def test_the_bell_tells_once_that_somebody_looked(one: Screen, served: Workspace) -> None:
    one.sign_in("/settings").settled()
    count = one.page.locator("#inbox-count")
    expect(count).not_to_have_text("")
    served.fake.preferences["theme"] = "kept"
    before = len(served.fake.calls)
    for _ in range(2):  # opens, and closes
        one.page.get_by_label("Inbox").click()
        expect(count).to_have_text("")
    one.page.wait_for_timeout(300)
    writes = [path for method, path, _ in served.fake.calls[before:] if method == "PATCH"]
    assert writes == ["/api/v1/me"]
    assert served.fake.preferences["theme"] == "kept"
    assert served.fake.preferences["inbox_seen_at"]
    served.fake.preferences.clear()


def test_a_beat_is_no_connection_and_what_was_missed_is_asked_for(one: Screen) -> None:
    one.sign_in("/settings").settled()
    word = one.page.locator("#live-word")
    expect(word).to_have_text("Live")
    state = "data => dash_clientside.set_props('live-state', {data})"
    one.page.evaluate(state, {"state": "lost", "words": "No connection", "seq": 2})
    expect(word).to_have_text("No connection")
    one.page.evaluate("() => dash_clientside.set_props('live-raw', {data: {beat: 3}})")
    one.page.wait_for_timeout(300)
    expect(word).to_have_text("No connection")
    live = "() => dash_component_api.getLayout('live').props.data?.resync === true"
    one.page.evaluate("() => dash_clientside.set_props('live', {data: {events: []}})")
    one.page.evaluate(state, {"state": "live", "words": "Live", "seq": 1})
    expect(word).to_have_text("Live")
    one.page.wait_for_function(live)


def test_an_api_that_is_away_is_said_and_comes_back(one: Screen, served: Workspace) -> None:
    one.sign_in("/settings").settled()
    served.fake.down = True
    one.page.get_by_role("link", name="Audit log").click()
    expect(one.page.locator("[data-state=failed]")).to_contain_text("could not be loaded")
    served.fake.down = False
    one.page.get_by_role("link", name="Account").click()
    expect(one.page.get_by_role("heading", name="Profile")).to_be_visible()


def test_the_theme_follows_the_system_and_ones_own_choice(
    browser: Browser, served: Workspace
) -> None:
    for scheme in ("light", "dark"):
        with screen(browser, served.url, scheme=scheme) as one:
            one.sign_in("/settings").settled()
            root = one.page.locator("html")
            expect(root).to_have_attribute("data-mantine-color-scheme", scheme)
            other = "dark" if scheme == "light" else "light"
            one.page.keyboard.press("t")
            expect(root).to_have_attribute("data-mantine-color-scheme", other)
            one.go("/settings")
            expect(root).to_have_attribute("data-mantine-color-scheme", other)


def test_the_range_stands_in_the_address_and_survives(one: Screen) -> None:
    one.sign_in("/settings").settled()
    one.page.get_by_role("button", name="6h", exact=True).click()
    one.page.wait_for_url("**/settings?range=6h")
    one.page.get_by_role("link", name="Audit log").click()
    one.page.wait_for_url(re.compile("tab=audit.*range=6h"))
    one.page.reload()
    one.settled()
    pressed = one.page.get_by_role("button", name="6h", exact=True)
    expect(pressed).to_have_attribute("aria-pressed", "true")
    one.page.go_back()
    one.page.wait_for_url("**/settings?range=6h")
    expect(one.page.get_by_role("heading", name="Profile")).to_be_visible()
    one.page.keyboard.press("[")
    one.page.wait_for_url(re.compile("from=.*to="))


def test_times_are_read_as_the_server_reads_them(one: Screen) -> None:
    one.sign_in("/settings?from=2026-11-27T10:00:00&to=2026-11-27T12:00:00%2B02:00").settled()
    name = one.page.locator("#range-name")
    expect(name).to_have_text("24h")  # it ends as it begins
    one.go("/settings?from=2026-11-27T10:00:00&to=2026-11-27T12:00:00Z")
    expect(name).to_have_text("11-27 11:00 – 11-27 13:00")  # noqa: RUF001 - Berlin
    one.page.locator("#range-menu > summary").click()
    first, last = one.page.locator("#range-from"), one.page.locator("#range-to")
    expect(first).to_have_value("2026-11-27T11:00")
    expect(last).to_have_value("2026-11-27T13:00")
    last.fill("2026-11-27T11:00")
    one.page.get_by_role("button", name="Use these times").click()
    expect(one.page.locator(".toast")).to_contain_text("From must be before To")
    last.fill("2026-11-27T11:30")
    one.page.get_by_role("button", name="Use these times").click()
    one.page.wait_for_url(re.compile(r"from=2026-11-27T10(:|%3A)00.*to=2026-11-27T10(:|%3A)30"))
    expect(first).to_be_hidden()
    one.go("/settings?from=nonsense&to=yesterday&range=6h")
    expect(name).to_have_text("6h")


def test_grids_show_what_cannot_be_seen_as_python_does(one: Screen) -> None:
    one.sign_in("/settings").settled()
    codes = [*range(0x3000), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10000)]
    codes += [*range(0xDFFF0, 0xE0100), 0x1F600]
    script = "codes => codes.map((code) => foreshock.shownText(String.fromCodePoint(code)))"
    assert one.page.evaluate(script, codes) == [shown(chr(code)) for code in codes]
    assert (
        one.page.evaluate("() => foreshock.shownText('ab' + String.fromCodePoint(0x1F600), 3)")
        == "ab"
    )


def test_what_the_browser_does_not_copy_is_said(one: Screen) -> None:
    one.page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('no'))"
    )
    one.sign_in("/settings").settled()
    one.page.evaluate("""() => document.getElementById("page").insertAdjacentHTML(
        "beforeend", '<button data-copy="text">Copy</button>')""")
    one.page.get_by_role("button", name="Copy").click()
    expect(one.page.locator(".toast")).to_contain_text("did not allow it")


def test_keys_lead_about_and_are_listed(one: Screen) -> None:
    one.sign_in("/_styleguide").settled()
    one.page.keyboard.press("?")
    expect(one.page.get_by_role("dialog", name="Keys")).to_be_visible()
    one.page.keyboard.press("Escape")
    expect(one.page.get_by_role("dialog", name="Keys")).to_be_hidden()
    one.page.keyboard.press("/")
    expect(one.page.locator("#search-text")).to_be_focused()
    one.page.keyboard.type("db")
    expect(one.page.locator("#search-results")).to_contain_text("db-prod-03")
    one.page.keyboard.press("Escape")
    one.page.keyboard.press("g")
    one.page.keyboard.press("s")
    one.page.wait_for_url("**/settings*")


def test_a_phone_has_a_bar_at_the_bottom_and_a_whole_sheet(
    browser: Browser, served: Workspace
) -> None:
    with screen(browser, served.url, size=NARROW) as one:
        one.sign_in("/_styleguide").settled()
        expect(one.page.locator(".sidebar")).to_be_hidden()
        expect(one.page.locator(".bottom-bar")).to_be_visible()
        one.page.locator("#style-grid").scroll_into_view_if_needed()  # it draws what is seen
        expect(one.page.locator("#style-grid .two-lines").first).to_be_visible()
        one.page.locator("#style-drawer-open").click()
        drawer = one.page.locator("#style-drawer")
        expect(drawer).to_be_visible()
        box = drawer.bounding_box()
        assert box
        assert box["width"] == NARROW[0]
        one.page.get_by_role("button", name="Close (esc)").last.click()
        expect(drawer).to_be_hidden()


def test_an_old_token_is_renewed_while_one_only_listens(one: Screen, served: Workspace) -> None:
    one.sign_in("/settings").settled()
    expect(one.page.locator("#live-word")).to_have_text("Live")
    served.fake.access_seconds = 3
    one.go("/settings?tab=users")
    before = served.fake.generation
    time.sleep(3.5)  # as long as the token lives
    served.fake.access_seconds = 1800
    one.page.get_by_role("link", name="Account").click()
    expect(one.page.get_by_role("heading", name="Profile")).to_be_visible()
    assert served.fake.generation >= before
    assert "/login" not in one.page.url
