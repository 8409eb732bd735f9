"""Every page of the registry: its place in the menu, its skeleton, its ids."""

import inspect
import re
from pathlib import Path
from typing import Any

import dash
import pytest
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from tests.ui.acting import acting
from ui.components.colours import TOKENS
from ui.navigation import Entry, collisions, entries
from ui.shell.layout import layout
from ui.shell.router import find, show

UI = Path(__file__).parents[2] / "ui"
VAR_KEYWORD = inspect.Parameter.VAR_KEYWORD


def ids_of(tree: Component) -> set[str]:
    return {str(one.id) for one in tree._traverse() if hasattr(one, "id") and one.id}


def test_no_two_pages_claim_the_same(app: dash.Dash) -> None:
    assert collisions(entries(dash.page_registry)) == []


def test_collisions_are_named() -> None:
    menu = [
        Entry("/alerts", "Alerts", "alerts", 1, "a"),
        Entry("/audit", "Audit", "history", 2, "a"),
        Entry("/help", "Help", "help", 3, "?"),
    ]
    assert collisions(menu) == [
        "/audit and /alerts both claim the key 'a'",
        "/help needs a key of one letter, not '?'",
    ]


def test_the_menu_follows_the_registry_and_leaves_analytics_out_when_asked() -> None:
    registry = {
        "b": {"path": "/b", "name": "B", "icon": "logs", "order": 2, "key": "b", "analytics": True},
        "a": {"path": "/a", "name": "A", "icon": "logs", "order": 1, "key": "a"},
        "c": {"path": "/c", "name": "C", "hidden": True},
    }
    assert [entry.path for entry in entries(registry)] == ["/a", "/b"]
    assert [entry.path for entry in entries(registry, analytics=False)] == ["/a"]


def test_paths_lead_to_pages() -> None:
    registry: dict[str, dict[str, Any]] = {
        "one": {"path": "/alerts", "path_template": None, "also": ("/warnings",)},
        "two": {"path": "/alerts/none", "path_template": "/alerts/<alert>"},
    }
    found = find(registry, "/alerts/a1")
    assert found
    assert found.variables == {"alert": "a1"}
    assert find(registry, "/alerts/").page is registry["one"]  # type: ignore[union-attr]
    assert find(registry, "/warnings").page is registry["one"]  # type: ignore[union-attr]
    assert find(registry, "/nothing") is None


async def test_an_unknown_path_says_so(app: dash.Dash) -> None:
    with acting({}):
        made, title = await show("/nothing/here", "")
    assert title == "Not found"
    assert "There is no page at /nothing/here" in str(made)


def test_every_page_is_drawn_without_asking_the_api(app: dash.Dash) -> None:
    """The layout is the skeleton, and nothing else."""
    for page in dash.page_registry.values():
        for phone in (False, True):
            with acting({}, phone=phone) as client:
                assert isinstance(page["layout"](search=""), Component), page["path"]
            assert client.asked == []


def test_ids_of_pages_do_not_meet_those_of_the_frame(app: dash.Dash) -> None:
    frame = ids_of(layout(entries(dash.page_registry)))
    for page in dash.page_registry.values():
        with acting({}):
            assert ids_of(page["layout"](search="")) & frame == set(), page["path"]


def test_every_function_of_the_browser_exists() -> None:
    scripts = "".join(path.read_text() for path in (UI / "assets").glob("*.js"))
    for name in re.findall(r'"(\w+)"', (UI / "shell" / "wiring.py").read_text()):
        if name.islower() and name in ("moved", "titled", "toasted", "ended", "stated", "renew"):
            assert re.search(rf"\b{name}\(", scripts), name


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r"\.icon-([\w-]+)", (TOKENS.parent / "icons.css").read_text()))
    named = set()
    for path in UI.rglob("*.py"):
        text = path.read_text()
        named |= set(re.findall(r"\bicon\(\"([\w-]+)\"", text))
        named |= set(re.findall(r"glyph=\"([\w-]+)\"", text))
    assert named - drawn == set()


def test_assets_ask_nobody_else() -> None:
    for path in (UI / "assets").rglob("*"):
        if path.suffix in (".css", ".js"):
            links = re.findall(r"https?://[\w.]+", path.read_text())
            assert set(links) <= {"http://www.w3.org"}, path.name


def test_every_callback_is_a_coroutine(app: dash.Dash) -> None:
    registered = {**dash._callback.GLOBAL_CALLBACK_MAP, **app.callback_map}
    for name, one in registered.items():
        function = one.get("callback")
        if function is not None:
            assert inspect.iscoroutinefunction(inspect.unwrap(function)), name


def listeners(app: dash.Dash) -> dict[str, Any]:
    """The callbacks of pages that listen to the query string of the address."""
    found = {}
    for name, one in {**dash._callback.GLOBAL_CALLBACK_MAP, **app.callback_map}.items():
        asks = {"id": "url", "property": "search"} in one["inputs"]
        function = inspect.unwrap(one["callback"]) if "callback" in one else None
        if asks and function and not function.__module__.startswith("ui.shell."):
            found[name] = function
    return found


async def test_a_page_that_is_left_reads_nothing_of_the_next(app: dash.Dash) -> None:
    found = listeners(app)
    assert len(found) > 15
    for name, function in found.items():
        needed = inspect.signature(function).parameters
        given = {one: "?sel=x&q=y" if one == "search" else None for one in needed}
        given |= {one: "/elsewhere" for one in needed if one in ("path", "here")}
        given = {one: value for one, value in given.items() if needed[one].kind != VAR_KEYWORD}
        with acting({}) as client, pytest.raises(PreventUpdate):
            await function(**given)
        assert client.asked == [], name
