"""Files that are dropped, dead letters that are sent again, and what a break does to both."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from playwright.sync_api import Browser, expect

from tests.browser.screens import NARROW, Screen, screen
from tests.browser.serving import Workspace, wait_for
from tests.ui.pipeline_answers import ledger

pytestmark = pytest.mark.xdist_group("browser")

LINES = "".join(f"2026-11-20T10:00:00Z INFO app: line {n} of many\n" for n in range(4000))
DROP = """text => {
  const data = new DataTransfer();
  data.items.add(new File([text], "app <b>.log"));
  const zone = document.querySelector("[data-drop]");
  const how = { bubbles: true, cancelable: true, dataTransfer: data };
  for (const kind of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(kind, how));
}"""

# Of a grid nothing is measured, as when it is made before it is in the page.
BLIND = """const Seeing = ResizeObserver;
window.ResizeObserver = class extends Seeing {
  observe(element, ...more) {
    if (!/(^| )ag-/.test(String(element.className))) super.observe(element, ...more);
  }
};"""
WIDTHS = """() => [".ag-center-cols-viewport", ".ag-center-cols-container"].map((part) =>
  document.querySelector(`#pipeline-ledger ${part}`).getBoundingClientRect().width)"""


@pytest.fixture
def one(browser: Browser, served: Workspace) -> Iterator[Screen]:
    with screen(browser, served.url) as made:
        yield made
        assert made.complaints == []
        assert made.outside == []


def test_a_dropped_file_leads_to_its_patterns(one: Screen, served: Workspace) -> None:
    weeks = {"timestamps": ["2026-11-16T00:00:00+00:00"], "series": [{"values": [4000]}]}
    served.fake.answers["patterns/series"] = {"by": "source", "step_seconds": 604_800, **weeks}
    served.fake.uploads.breaks = 1
    one.sign_in("/integrations-admin").settled()
    one.page.get_by_label("Source", exact=True).fill("shop")
    one.page.evaluate(DROP, LINES)
    row = one.page.locator(".upload")
    expect(row).to_contain_text("app <b>.log")
    expect(row).to_contain_text("4,000 lines")
    link = row.get_by_role("link", name="Its patterns")
    expect(link).to_have_attribute("href", re.compile(r"^/patterns\?source=shop&from=2026-11-1"))
    upload = list(served.fake.uploads.known.values())[-1]
    assert (upload["source"], upload["offset"]) == ("shop", len(LINES))
    link.click()
    one.page.wait_for_url("**/patterns?source=shop&from=*")


def test_a_file_can_be_chosen_and_one_that_is_refused_says_why(one: Screen, tmp_path: Path) -> None:
    one.sign_in("/integrations-admin").settled()
    with one.page.expect_file_chooser() as chooser:
        one.page.get_by_role("button", name="Choose files").click()
    archive = tmp_path / "logs.zip"
    archive.write_bytes(b"PK\x03\x04")
    chooser.value.set_files(archive)
    expect(one.page.locator(".upload.failed")).to_contain_text("unpack it")
    one.complaints[:] = [said for said in one.complaints if "415" not in said]


def test_a_file_that_failed_goes_on_where_it_was(one: Screen, served: Workspace) -> None:
    served.fake.uploads.refuses = 1
    one.sign_in("/integrations-admin").settled()
    one.page.evaluate(DROP, LINES)
    row = one.page.locator(".upload")
    expect(row).to_contain_text("not now")
    known = len(served.fake.uploads.known)
    row.get_by_role("button", name="Try again").click()
    expect(row).to_contain_text("4,000 lines")
    assert len(served.fake.uploads.known) == known
    one.complaints[:] = [said for said in one.complaints if "403" not in said]


def test_stop_is_heard_while_the_server_is_asked(one: Screen, served: Workspace) -> None:
    served.fake.slow["uploads"] = 2
    try:
        one.sign_in("/integrations-admin").settled()
        one.page.evaluate(DROP, LINES)
        row = one.page.locator(".upload")
        row.get_by_role("button", name="Stop").click()
        expect(row).to_contain_text("Stopped at 0 B")
        one.page.wait_for_timeout(2500)  # until the answer has come
        expect(row).to_contain_text("Stopped at 0 B")
        row.get_by_role("button", name="Go on").click()
        expect(row).to_contain_text("4,000 lines")
    finally:
        served.fake.slow.clear()


def test_what_one_filter_found_is_not_shown_below_another(one: Screen, served: Workspace) -> None:
    answered = served.fake.answers["sources"]
    late = [{**one, "source": "late"} for one in answered["items"]]

    def by_filter(request: Request) -> dict[str, Any]:
        return answered if "silent" in request.query_params else {**answered, "items": late}

    rows = one.page.locator("#integrations-sources")
    one.sign_in("/integrations-admin").settled()
    served.fake.slow["sources"] = 3
    served.fake.answers["sources"] = by_filter
    try:
        asked = len(served.fake.calls)
        wait_for(lambda: any("/sources" in call[1] for call in served.fake.calls[asked:]))
        served.fake.slow.clear()
        one.page.get_by_label("Silent ones").check()
        one.page.wait_for_url("**silent=true*")
        expect(rows).to_contain_text("shop")
        one.page.wait_for_timeout(3500)  # until what was asked before has been answered
        shown = rows.inner_text()
        assert "shop" in shown
        assert "late" not in shown
    finally:
        served.fake.slow.clear()
        served.fake.answers["sources"] = answered


def test_dead_letters_are_sent_again_after_a_question(one: Screen) -> None:
    one.sign_in("/pipeline").settled()
    expect(one.page.get_by_text("Respond is stopped")).to_be_visible()
    one.page.get_by_role("link", name="Dead letters", exact=True).click()
    one.page.wait_for_url("**/pipeline?tab=letters*")
    one.page.locator("#pipeline-letters .ag-cell[col-id=source]").first.click()
    one.page.wait_for_url("**sel=0-41*")
    drawer = one.page.locator("#pipeline-drawer")
    expect(drawer).to_contain_text("logs.raw, partition 3, offset 120")
    with one.page.expect_download() as download:
        drawer.get_by_role("link", name="Original bytes").click()
    assert download.value.suggested_filename == "dead-letter-0-41.bin"
    drawer.get_by_role("button", name="Send again").click()
    sheet = one.page.locator("#pipeline-sheet")
    expect(sheet).to_contain_text("Send this dead letter again?")
    sheet.get_by_role("button", name="Send again").click()
    expect(sheet).to_contain_text("1 of 1 done")
    one.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_recipe_takes_a_key_that_is_made_on_the_spot(one: Screen) -> None:
    one.sign_in("/integrations-admin").settled()
    one.page.get_by_role("link", name="Telegraf", exact=True).click()
    text = one.page.locator("#recipe-text pre")
    expect(text).to_contain_text("YOUR_KEY")
    one.page.get_by_role("button", name="Make a key").click()
    expect(text).to_contain_text("Bearer fsk_abcdefghijklmnop")
    one.page.get_by_label("Send as the source").fill("another")
    one.page.keyboard.press("Tab")
    expect(text).to_contain_text("source=another")
    expect(text).to_contain_text("YOUR_KEY")


def test_a_phone_shows_the_way_of_the_data_as_a_list(browser: Browser, served: Workspace) -> None:
    with screen(browser, served.url, size=NARROW) as one:
        one.sign_in("/pipeline").settled()
        stages = one.page.locator(".flow-box.stage")
        expect(stages).to_have_count(8)
        first, second = stages.nth(0).bounding_box(), stages.nth(1).bounding_box()
        assert first
        assert second
        assert first["x"] == second["x"]
        assert first["y"] < second["y"]
        for path in ("/pipeline?tab=letters", "/pipeline?tab=topics", "/integrations-admin"):
            one.go(path)
            assert one.page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], path


def test_no_row_moves_below_the_pointer(one: Screen, served: Workspace) -> None:
    before, then = ledger(), ledger()
    small = next(row for row in then["sources"] if row["source"] != "shop")
    small |= {"accepted": 90_110, "parsed": 90_100}
    one.sign_in("/pipeline").settled()
    names = one.page.locator("#pipeline-ledger .ag-row[row-index='0'] .ag-cell[col-id=source]")
    figures = one.page.locator("#pipeline-ledger .ag-row[row-index='1'] .ag-cell[col-id=accepted]")
    expect(names).to_have_text("shop")
    names.hover()
    served.fake.answers["pipeline/ledger"] = then
    try:
        expect(figures).to_have_text("90.1k")
        expect(names).to_have_text("shop")
        one.page.mouse.move(2, 2)
        expect(names).not_to_have_text("shop")
    finally:
        served.fake.answers["pipeline/ledger"] = before


def test_a_grid_that_cannot_measure_itself_is_stretched_and_seen(one: Screen) -> None:
    one.page.add_init_script(BLIND)
    one.sign_in("/pipeline").settled()
    expect(one.page.locator("#pipeline-ledger .ag-cell[col-id=source]").first).to_be_visible()
    viewport, columns = one.page.evaluate(WIDTHS)
    assert columns == pytest.approx(viewport, abs=2)
