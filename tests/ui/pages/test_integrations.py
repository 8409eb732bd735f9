"""/integrations-admin: what sends, test events, recipes and their keys."""

import tomllib
from typing import Any

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from tests.ui.acting import DOWN, acting
from tests.ui.pages.test_pipeline import ME, answers, texts
from tests.ui.pipeline_answers import AT, HOSTILE, source, sources
from ui.components.text import shown_text
from ui.integrations import testing
from ui.integrations.recipes import (
    BROKER,
    NO_HOST,
    NO_KEY,
    RECIPES,
    Place,
    address,
    pieces,
    wish_of,
)
from ui.integrations.sources import query_of, rows_of
from ui.integrations.span import filled
from ui.problems import ApiProblem

NOBODY: dict[str, Any] = {"items": [], "next_cursor": None, "total": 0}
SHOP = {"type": "source-test", "source": "shop"}


@pytest.fixture(autouse=True)
def page(app: dash.Dash) -> dash.Dash:
    """Pages can be imported once there is an application."""
    return app


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a line that never comes."""
    monkeypatch.setattr(testing, "_LOOK_SECONDS", 0.0)


async def test_what_sends_is_listed_and_silence_is_said_first() -> None:
    from ui.pages.integrations import follow, show

    for phone in (False, True):
        with acting(answers(), phone=phone):
            answer, told, body, good = await show("", None)
            with pytest.raises(PreventUpdate):
                await show("?sel=shop", good)
            again = await follow(1, "", good, "live")
        assert texts(answer).startswith("3 are silent")
        assert told == ""
        assert "What sends" in texts(body)
        assert (again["search"], again["rows"]) == ("", rows_of(sources()["items"]))
        assert texts(again["beside"][0]).startswith("3 are silent")
    with acting(answers()), pytest.raises(PreventUpdate):
        await follow(1, "", good, "paused")


async def test_nothing_yet_nothing_that_fits_and_an_api_that_is_down() -> None:
    from ui.pages.integrations import follow, show

    with acting({"/sources": NOBODY}):
        first = await show("", None)
        assert first[3] is None  # nothing to follow: the same is asked again by itself
        narrowed = await show("?q=nothing&silent=true", None)
    assert "Nothing sends yet" in texts(first[2])
    assert "Clear filters" in texts(narrowed[2])
    for error in (DOWN, ApiProblem(403, "forbidden", "not for you", "7f3a")):
        with acting({"/sources": error}):
            _, told, body, good = await show("", None)
            later = await follow(1, "", {"asked": {}, "at": AT}, "live")
        assert "could not be loaded" in texts(told)
        assert (body, good) == ("", None)
        assert "What you see is from" in texts(later["beside"][1])
        assert later["rows"] is None


async def test_silent_ones_are_counted_among_those_that_fit() -> None:
    from ui.pages.integrations import show

    with acting(answers()) as client:
        await show("?q=shop&kind=lines&sort=-accepted", None)
    assert client.asked[1][1] == {"q": "shop", "kind": "lines", "silent": "true", "limit": 1}


def test_the_address_asks_for_what_it_can() -> None:
    assert query_of("?q=shop&kind=lines&silent=true&sort=-accepted&cursor=c") == {
        "limit": 200,
        "q": "shop",
        "kind": "lines",
        "silent": "true",
        "sort": "-accepted",
        "cursor": "c",
    }
    assert query_of("?kind=everything&silent=no&sort=random") == {"limit": 200}


async def test_pages_lead_on_among_thousands() -> None:
    from ui.pages.integrations import show

    many = [source(f"host-{n}") for n in range(200)]
    page = {"items": many, "next_cursor": "next", "total": 10_000}
    with acting({"/sources": page}):
        _, _, body, _ = await show("?cursor=before", None)
    said = texts(body)
    assert "200 of 10,000" in said
    assert "Next page" in said
    assert "First page" in said


async def test_hostile_names_and_errors_stay_texts() -> None:
    from ui.pages.integrations import show_drawer

    rows = rows_of([source(last_error={**source()["last_error"], "detail": "x" * 1_000_000})])
    assert len(rows[0]["error"]) < 200
    hostile = {"source": HOSTILE, "items": [source(HOSTILE)]}
    with acting({"/sources/hostile": hostile}):
        drawer, hidden = await show_drawer("?sel=hostile", ME)
    assert not hidden
    assert "\x1b" not in texts(drawer)
    with acting({}):
        missing, _ = await show_drawer("?sel=nobody", ME)
        assert await show_drawer("", ME) == ([], True)
    assert "could not be loaded" in texts(missing)


@pytest.mark.parametrize(
    ("role", "may"), [("viewer", False), ("analyst", False), ("operator", True), ("admin", True)]
)
async def test_a_viewer_sees_and_an_operator_acts(role: str, may: bool) -> None:
    from ui.pages.integrations import show_drawer, show_drop, write

    me = {**ME, "role": role}
    with acting(answers()):
        assert ("Drop a log file here" in texts(await show_drop(me))) == may
        drawer, _ = await show_drawer("?sel=shop", me)
        assert ("Send a test event" in texts(drawer)) == may
        _, text, hidden = await write("", me, "shop", None)
        assert hidden == (not may)
        assert "/webhooks/generic?source=shop" in texts(text)
        assert (await write("?recipe=kafka", me, "shop", None))[2]


async def test_a_test_event_is_looked_for_until_it_is_there() -> None:
    from ui.pages.integrations import test

    with acting(answers()) as client:
        told = await test(1, SHOP)
    assert "It arrived." in texts(told)
    assert client.sent[0][:2] == ("POST", "/sources/shop/test")
    assert client.asked[0][1]["q"] == "test-1"
    with acting(answers(logs={"items": []})) as client:
        told = await test(1, SHOP)
    assert "not been read yet" in texts(told)
    assert len(client.asked) == testing.LOOKS
    with acting({"POST /sources/shop/test": DOWN}):
        assert "could not be loaded" in texts(await test(1, SHOP))


async def test_a_key_is_made_for_one_thing_and_stands_in_its_recipe_alone() -> None:
    from ui.pages.integrations import make, write

    made = {"key": "fsk_secret", "id": "k"}
    with acting({"POST /keys": made}) as client:
        toast, shown, kept = await make(1, "hosts/web-1*", "", "?recipe=telegraf")
        assert client.sent[0][2] == {
            "name": "Telegraf for hosts/web-1",
            "sources": ["hosts/web-1"],
            "endpoints": ["telegraf"],
        }
        own = await write("?recipe=telegraf", ME, "hosts/web-1", kept)
        other = await write("?recipe=telegraf", ME, "another", kept)
        elsewhere = await write("?recipe=curl", ME, "hosts/web-1", kept)
    assert toast["tone"] == "good"
    assert "fsk_secret" in texts(shown)
    assert "fsk_secret" in texts(own[1])
    assert "fsk_secret" not in texts(other[1]) + texts(elsewhere[1])
    with acting({"POST /keys": ApiProblem(403, "forbidden", "not for you")}):
        toast, shown, kept = await make(1, "shop", "", "")
    assert toast["tone"] == "error"
    assert (shown, kept) == (no_update, no_update)


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_no_source_breaks_out_of_a_recipe(name: str) -> None:
    hostile = "\"; rm -rf / #\n$(id)`id`'\\ [x]\nz = 1"
    calm = RECIPES[name].write(Place("https://logs.example:8443/base", "shop", "fsk_key"))
    text = RECIPES[name].write(Place("https://logs.example:8443/base", hostile, "fsk_key"))
    assert text.count("\n") == calm.count("\n")
    if name != "kafka":
        assert "rm -rf" not in text
        assert "fsk_key" in text
    if name in ("telegraf", "vector"):
        tomllib.loads(text)
    if name == "kafka":
        compile(text, "producer.py", "exec")
    if name == "fluent-bit":
        assert "Host             logs.example\n    Port             8443\n" in text
        assert "URI              /base/webhooks/generic?source=%22" in text
        assert "tls              on" in text


def test_what_has_to_be_filled_in_is_marked() -> None:
    assert pieces(f"a {NO_KEY} b {BROKER}") == [
        ("a ", False),
        (NO_KEY, True),
        (" b ", False),
        (BROKER, True),
    ]
    assert wish_of(" mine ", "s", RECIPES["curl"])["name"] == "mine"


def test_a_span_reaches_from_the_first_to_the_last_lines() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 3, 20, tzinfo=UTC)
    weeks = [f"2026-03-{day:02}T00:00:00+00:00" for day in (1, 8, 15)]
    series = {"timestamps": weeks, "step_seconds": 604_800}
    values = [{"name": "shop", "values": [0, 3, 0]}, {"name": "x", "values": [0, 0, 0]}]
    begin, end = filled({**series, "series": values}, now)
    assert begin
    assert end
    assert (begin.day, end.day) == (8, 15)
    assert filled({**series, "series": []}, now) == (None, None)
    _, end = filled({**series, "series": [{"values": [0, 0, 1]}]}, now)
    assert end == now


def test_hostile_text_is_shown_as_it_is() -> None:
    assert "<script>" in shown_text(HOSTILE)


async def test_the_controls_say_what_the_address_says() -> None:
    from ui.pages.integrations import narrow, tell

    address = "?q=shop&kind=points&sort=-accepted&silent=true"
    assert await tell(address) == ("shop", "points", "-accepted", True)
    cleared = await tell("")
    assert cleared == ("", "", "", False)
    with pytest.raises(PreventUpdate):
        await narrow(*cleared, "")


def test_a_recipe_names_an_address_that_producers_can_reach() -> None:
    own = "http://127.0.0.1:8001"
    assert address("", "", own) == own
    assert address("", "http://localhost:3000", own) == own
    beyond = "https://ops.example.com"
    assert address("https://in.example.com/", beyond, own) == "https://in.example.com"
    assert address("", beyond, own) == f"https://{NO_HOST}"
    for name, recipe in RECIPES.items():
        text = recipe.write(Place(f"https://{NO_HOST}", "shop", "k"))
        marked = [part for part, is_marked in pieces(text) if is_marked]
        assert any(NO_HOST in part for part in marked) == (name != "kafka"), name
