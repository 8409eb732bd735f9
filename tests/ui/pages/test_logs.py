"""/logs: pages of lines, how far a search got, the tail, one line among its neighbours."""

from typing import Any

import dash
import pytest
from dash import Patch, no_update
from dash.exceptions import PreventUpdate

from tests.ui.acting import DOWN, acting, triggered
from tests.ui.fake_api import Fake
from tests.ui.log_answers import line, log_page, logs_filled, scanned
from ui.problems import ApiProblem

UID = "5f0e3c1a9b7d2e44"


def answers(**changes: Any) -> dict[str, Any]:
    fake = Fake()
    logs_filled(fake)
    return {f"/{path}": answer for path, answer in fake.answers.items()} | changes


def words(tree: Any) -> str:
    """All text of what is drawn."""
    if isinstance(tree, str):
        return tree
    if isinstance(tree, list | tuple):
        return "".join(map(words, tree))
    return words(getattr(tree, "children", None) or "")


async def test_lines_are_drawn_and_the_scan_is_said(app: dash.Dash) -> None:
    from ui.pages.logs import exits, show

    search = "?range=6h&host=web-1&level%3E=error&q=a%20b&pattern=p"
    with acting(answers()) as client:
        answer, lines, foot, no_more, _, ticks_not, trouble, state = await show(search, None, None)
        tools = await exits(state, search)
    asked = client.asked[0][1]
    assert (asked["host"], asked["level>"], asked["q"], asked["pattern"]) == (
        "web-1",
        "error",
        "a b",
        "p",
    )
    assert "40 lines" in words(answer)
    assert "Looked through 52,000 lines (5.82 MiB): everything of this time." in words(foot)
    assert (no_more, ticks_not, trouble) == (True, True, [])
    assert "09:29:59.250" in words(lines)  # Berlin
    assert "from=" in str(tools)
    assert "range=" not in str(tools)
    with pytest.raises(PreventUpdate), acting(answers()):
        await show(search + "&sel=logs.raw:3:4711:3&wrap=1", None, state)


async def test_a_search_that_stopped_goes_on_from_there(app: dash.Dash) -> None:
    from ui.pages.logs import older, show

    part = log_page([], next_cursor="c", scanned=scanned(complete=False))
    with acting(answers(**{"/logs": part})):
        _, lines, foot, no_more, *_, state = await show("?q=rare", None, None)
    assert not no_more
    assert "0 of 52,000 lines so far match" in words(lines)
    assert "older ones have not been looked at" in words(foot)
    with acting(answers(**{"/logs": log_page([line()])})) as client:
        lines, answer, foot, no_more, state = await older(1, "?q=rare", state)
    assert client.asked[0][1]["cursor"] == "c"
    assert "user0" in words(lines)
    assert "104,000 lines" in words(foot)
    assert "1 line" in words(answer)
    assert no_more
    with pytest.raises(PreventUpdate), acting(answers()):
        await older(1, "?q=rare", state)


async def test_more_lines_come_below_those_that_are_there(app: dash.Dash) -> None:
    from ui.pages.logs import exits, older, show

    with acting(answers(**{"/logs": log_page([line()] * 100, next_cursor="c")})):
        *_, state = await show("", None, None)
        lines, *_, state = await older(1, "", state)
        assert isinstance(lines, Patch)
        assert "lines=200" in str(await exits(state, ""))
    with acting(answers()) as client:
        await show("?lines=200", None, None)
    assert client.asked[0][1]["limit"] == 200


async def test_a_page_that_is_left_asks_for_nothing(app: dash.Dash) -> None:
    from ui.logs.controls import follow, pattern
    from ui.logs.sheet import opened
    from ui.pages.logs import exits
    from ui.pages.logs import follow as lines

    search = "?severity%3E=error"  # of another page
    with acting(answers()) as client:
        for asked in (
            lines(None, None, None, None, False, None, search, None, "Live", "/patterns"),
            exits({}, search, "/patterns"),
            follow(search, "/patterns"),
            pattern(search, "/patterns"),
            opened(search, "/patterns"),
        ):
            with pytest.raises(PreventUpdate):
                await asked
    assert client.asked == []


async def test_retention_is_said(app: dash.Dash) -> None:
    from ui.pages.logs import show

    gone = log_page([], scanned=scanned(expired_before="2090-01-01T00:00:00+00:00"))
    with acting(answers(**{"/logs": gone})):
        _, _, foot, *_ = await show("?range=7d", None, None)
    assert "Retention has deleted lines that arrived before" in words(foot)
    with acting(answers()):
        _, _, foot, *_ = await show("?range=7d", None, None)
    assert "Retention" not in words(foot)


async def test_nothing_there_and_nothing_left_by_a_filter_differ(app: dash.Dash) -> None:
    from ui.pages.logs import show

    with acting(answers(**{"/logs": log_page([])})):
        _, first, *_ = await show("", None, None)
        _, none, *_ = await show("?host=x", None, None)
    assert "No line in this time" in words(first)
    assert "Clear filters" in words(none)


async def test_what_fails_is_said_above_the_last_good_lines(app: dash.Dash) -> None:
    from ui.pages.logs import show, tick

    with acting(answers()):
        *_, state = await show("?tail=1", None, None)
    refusals: list[Exception] = [DOWN, ApiProblem(403, "forbidden", "not for you", "7f3a")]
    for error in refusals:
        with acting(dict.fromkeys(answers(), error)):
            *_, trouble, new = await show("?q=x", None, None)
            assert "could not be loaded" in words(trouble)
            assert new is None
            *kept, trouble, _ = await tick(1, False, "?tail=1", state, "Live")
        assert kept == [no_update] * 4
        assert "What you see is from" in words(trouble)
    with acting(answers()):
        *_, trouble, _ = await show("?nonsense=1", None, None)
    assert "is no field here" in words(trouble)


async def test_a_tail_adds_on_top_and_waits_while_it_is_held(app: dash.Dash) -> None:
    from ui.pages.logs import show, tick

    with acting(answers()) as client:
        answer, _, _, no_older, _, ticks_not, _, state = await show("?tail=1&host=a", None, None)
        assert (no_older, ticks_not) == (True, False)
        assert "as they come" in words(answer)
        lines, paused, label, hidden, _, held = await tick(1, True, "?tail=1&host=a", state, "Live")
        assert (lines, label, hidden, held) == (no_update, "5 new", False, no_update)
        assert "paused" in words(paused)
        lines, *_, hidden, _, state = await tick(1, False, "?tail=1&host=a", state, "Live")
        assert isinstance(lines, Patch)
        assert hidden
        assert state["sizes"] == [5, 5]
        for search, word in (("?tail=1&host=a", "Paused"), ("?host=a", "Live")):
            with pytest.raises(PreventUpdate):
                await tick(1, False, search, state, word)
    assert client.asked[1] == ("/logs/tail", {"limit": 1000, "after": "WzFd", "host": "a"})


async def test_what_is_asked_for_another_filter_begins_anew(app: dash.Dash) -> None:
    from ui.pages.logs import follow

    async def called(by: str, search: str, state: Any) -> Any:
        with triggered(by, 1):
            return await follow("", None, 1, 1, False, 1, search, state, "Live")

    part = log_page([line()], next_cursor="c", scanned=scanned(complete=False))
    with acting(answers(**{"/logs": part})) as client:
        state = (await called("logs-asked", "?q=a", None))["state"]
        same = await called("logs-older", "?q=a", state)
        other = await called("logs-older", "?q=b", state)
        tail = await called("logs-asked", "?tail=1", None)
        newer = await called("logs-tick-beat", "?tail=1", tail["state"])
        moved = await called("logs-tick-beat", "?tail=1&q=b", tail["state"])
    asked = [
        (params.get("q"), params.get("cursor") or params.get("after")) for _, params in client.asked
    ]
    tails = [(None, None), (None, "WzFd"), ("b", None)]
    assert asked == [("a", None), ("a", "c"), ("b", None), *tails]
    assert isinstance(same["lines"], Patch)
    assert same["again_stands"] is no_update
    assert not isinstance(other["lines"], Patch)
    assert other["state"]["key"] == "?q=b"
    assert isinstance(newer["lines"], Patch)
    assert not isinstance(moved["lines"], Patch)


async def test_a_page_that_failed_asks_again_until_it_is_good(app: dash.Dash) -> None:
    from ui.pages.logs import follow

    with acting(dict.fromkeys(answers(), DOWN)), triggered("logs-asked", ""):
        failing = await follow("", None, None, None, False, None, "", None, "Live")
    with acting(answers()), triggered("logs-again-beat", 1, "data"):
        good = await follow("", None, 1, None, False, None, "", failing["state"], "Live")
    with acting(dict.fromkeys(answers(), DOWN)), triggered("logs-resync", 7, "data"):
        stale = await follow("", 7, 1, None, False, None, "", good["state"], "Live")
    assert [one["again_stands"] for one in (failing, good, stale)] == [False, True, False]


def test_a_tail_forgets_what_is_far_down() -> None:
    from ui.logs.showing import MOST_SHOWN, with_newer

    state = {"sizes": [400, 400, 100], "oldest": ["c", "b", "a"], "after": "x"}
    found = {"items": [{"time": "d"}] * 300, "after": "y"}
    state, gone = with_newer(state, found)
    assert gone == 2
    assert state["sizes"] == [300, 400]
    assert state["oldest"] == ["d", "c"]
    assert MOST_SHOWN == 1000


async def test_one_line_is_shown_among_its_neighbours(app: dash.Dash) -> None:
    from ui.logs.sheet import opened

    with acting(answers()) as client:
        assert await opened("?range=1h") == ([], True)
        content, hidden = await opened("?sel=logs.raw:3:4711:3&q=x")
    assert client.asked == [
        (
            "/logs/context",
            {"lines": 50, "topic": "logs.raw", "partition": 3, "offset": 4711, "line": 3},
        )
    ]
    assert not hidden
    assert "log-line here" in str(content)
    assert "around=200" in str(content)
    assert f"/patterns?sel={UID}" in str(content)
    for broken in ("?sel=x", "?sel=logs.raw:1:2", "?sel=logs.raw:1:2:-3"):
        with acting(answers()):
            content, hidden = await opened(broken)
        assert "names no line" in words(content)
    with acting({}):
        content, _ = await opened("?sel=logs.raw:3:4711:3")
    assert "could not be loaded" in words(content)


async def test_text_from_outside_is_shown_and_never_obeyed(app: dash.Dash) -> None:
    from ui.logs.lines import CUT, message
    from ui.pages.logs import show

    with acting(answers()):
        _, lines, *_ = await show("", None, None)
    text = words(lines)
    assert "<img src=x onerror=alert(1)> \\x1b[31mred" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    long = message("C" * 1_000_000)
    assert long.__class__.__name__ == "Details"
    assert len(words(long.children[0])) < CUT + 100
    assert len(words(long)) < 5000


async def test_controls_and_address_say_the_same(app: dash.Dash) -> None:
    from ui.logs.controls import follow, narrow, offer, pattern, tail, wrap

    search = f"?range=1h&host=a,b&level%3E=error&pattern={UID}&wrap=1"
    with acting(answers()):
        found = await follow(search)
        assert found == ("", ["a", "b"], [], [], "error", "true", "false", "log-lines wraps")
        with pytest.raises(PreventUpdate):
            await narrow("", ["a", "b"], [], [], "error", search)
        changed = await narrow("disk", ["a"], ["s"], [], None, search)
        assert (await follow(changed))[:6] == ("disk", ["a"], ["s"], [], None, "true")
        assert f"pattern={UID}" in changed
        assert "wrap=1" not in await wrap(1, search)
        assert "tail=1" in await tail(1, search)
        known = await offer("", ["z"], [], None)
        assert known == (["web-1", "z"], ["sshd"], ["file:/var/log/auth.log"])
        assert "Failed password" in words(await pattern(search))
        assert await pattern("") == []
    with acting({}):
        assert UID in words(await pattern(search))
        assert await offer("", ["z"], [], None) == (["z"], [], [])
