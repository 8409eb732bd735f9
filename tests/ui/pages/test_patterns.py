"""/patterns: what is drawn with data, without, filtered to nothing, and with the API down."""

from typing import Any

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from tests.ui.acting import DOWN, acting, triggered
from tests.ui.fake_api import Fake
from tests.ui.log_answers import HOSTILE, logs_filled, pattern, pattern_page
from ui.problems import ApiProblem

UID = "5f0e3c1a9b7d2e44"


def answers(**changes: Any) -> dict[str, Any]:
    fake = Fake()
    logs_filled(fake)
    return {f"/{path}": answer for path, answer in fake.answers.items()} | changes


def rows_in(body: Any) -> list[dict[str, Any]]:
    found = [one.rowData for one in body._traverse() if hasattr(one, "rowData")]
    assert len(found) == 1
    rows: list[dict[str, Any]] = found[0]
    return rows


async def test_patterns_are_drawn_marked_and_add_up(app: dash.Dash) -> None:
    from ui.pages.patterns import show

    with acting(answers()) as client:
        answer, body, total, no_more, _, trouble, state = await show("?range=6h", None, None, None)
    rows = {row["uid"]: row for row in rows_in(body)}
    assert [row["mark"] for row in rows.values()] == ["rising", "", "new"]
    assert rows[UID]["level"] == "warning"
    assert rows[UID]["change"]["tone"] == "worse"
    assert rows[UID]["trend"] == [40, 400, 700]  # the last bucket has only begun
    assert rows["new0000000000000"]["change"]["text"] == "new"
    assert "Σ = 2,000 lines" in str(total)
    assert "it balances" in str(total)
    assert "3 patterns" in str(answer)
    assert no_more
    assert trouble == []
    assert state["uids"] == list(rows)
    assert set(client.asked[0][1]) >= {"from", "to", "limit"}
    with acting(answers()) as client:
        with pytest.raises(PreventUpdate):
            await show("?range=6h&sel=a", None, None, state)
        *_, state = await show("?range=6h", None, 7, state)
        with pytest.raises(PreventUpdate):
            await show("?range=6h&sel=a", None, 7, state)
        await show("?range=6h", 1, 7, state)
    assert len(client.asked) == 2


async def test_a_sum_over_a_part_says_what_is_missing(app: dash.Dash) -> None:
    from ui.pages.patterns import more, show

    first = pattern_page([pattern()], next_cursor="c", total=2, total_lines=1300)
    with acting(answers(**{"/patterns": first})):
        _, _, total, no_more, _, _, state = await show("", None, None, None)
    assert not no_more
    assert "1 of 2 counts that are shown add up to 1,200" in str(total)
    second = pattern_page([pattern(uid="b", count=100)], total=2, total_lines=1300)
    with acting(answers(**{"/patterns": second})) as client:
        added, total, no_more, state = await more(1, "", state)
    assert client.asked[0][1]["cursor"] == "c"
    assert [row["uid"] for row in added["add"]] == ["b"]
    assert "it balances" in str(total)
    assert no_more
    assert state["uids"] == [UID, "b"]
    with pytest.raises(PreventUpdate), acting(answers()):
        await more(1, "", state)


async def test_the_filter_of_the_address_is_what_the_api_is_asked(app: dash.Dash) -> None:
    from ui.pages.patterns import show

    search = "?source=a%5C%2Cb,c&severity%3E=error&q=disk&new=1&sort=-change&range=1h&sel=x"
    with acting(answers()) as client:
        await show(search, None, None, None)
    asked = client.asked[0][1]
    assert asked["source"] == "a\\,b,c"
    assert asked["severity>"] == "error"
    assert asked["q"] == "disk"
    assert asked["sort"] == "-change"
    assert asked["new_since"] == asked["from"]
    assert "sel" not in asked


async def test_nothing_there_and_nothing_left_by_a_filter_differ(app: dash.Dash) -> None:
    from ui.pages.patterns import show

    with acting(answers(**{"/patterns": pattern_page([])})):
        _, first, *_ = await show("", None, None, None)
        _, none, *_ = await show("?q=nothing", None, None, None)
        *_, empty = await show("", None, None, None)
    with acting(answers()):  # by itself, without a new address
        _, again, *_ = await show("", None, None, empty)
    assert "patterns-grid" in str(again)
    assert "No pattern in this time" in str(first)
    assert "Clear filters" in str(none)


async def test_what_fails_is_said_above_the_last_good_list(app: dash.Dash) -> None:
    from ui.pages.patterns import show, tick

    with acting(answers()):
        *_, state = await show("", None, None, None)
    refusals: list[Exception] = [DOWN, ApiProblem(422, "filter", "no such field", "7f3a")]
    for error in refusals:
        with acting(dict.fromkeys(answers(), error)):
            _, body, *_, trouble, _ = await show("?q=x", None, None, None)
            assert "could not be loaded" in str(trouble)
            assert body == []
            *kept, trouble = await tick(1, "", state, "Live")
        assert kept == [no_update] * 5
        assert "What you see is from" in str(trouble)
    with acting(answers()):
        *_, trouble, _ = await show("?nonsense=1", None, None, None)
    assert "is no field here" in str(trouble)


async def test_numbers_follow_in_place_and_new_ones_wait(app: dash.Dash) -> None:
    from ui.pages.patterns import show, tick

    known = pattern_page([pattern()])
    with acting(answers(**{"/patterns": known})):
        *_, state = await show("", None, None, None)
    both = pattern_page([pattern(count=1300), pattern(uid="b", count=7)])
    with acting(answers(**{"/patterns": both})):
        rows, _, _, label, hidden, _ = await tick(1, "", state, "Live")
        for search, word in (("", "Paused"), ("?q=other", "Live")):
            with pytest.raises(PreventUpdate):
                await tick(1, search, state, word)
    assert [(row["uid"], row["count"]) for row in rows["update"]] == [(UID, 1300)]
    assert label == "1 more pattern · show"
    assert not hidden


async def test_a_tick_for_another_filter_asks_for_that_one(app: dash.Dash) -> None:
    from ui.pages.patterns import follow

    with acting(answers()):
        shown = (await follow(None, None, None, None, None, "", None, "Live"))["shown"]
    with acting(answers()) as client, triggered("patterns-tick-beat", 1, "data"):
        same = await follow(None, None, 1, None, None, "", shown, "Live")
        other = await follow(None, None, 1, None, None, "?q=disk", shown, "Live")
    assert same["rows"]["update"]
    assert (same["body"], same["shown"]) == (no_update, no_update)
    assert other["rows"] is no_update
    assert other["shown"]["key"] == "?q=disk"
    assert [params.get("q") for _, params in client.asked] == [None, "disk"]
    with acting(answers()) as client, triggered("patterns-more", 1), pytest.raises(PreventUpdate):
        await follow(None, None, 1, None, 1, "?range=6h", None, "Live", "/logs")
    assert client.asked == []


async def test_the_drawer_shows_one_and_each_part_fails_by_itself(app: dash.Dash) -> None:
    from ui.patterns.opening import details, opened

    with acting(answers()):
        closed = await opened("?range=6h")
        content, hidden = await opened(f"?sel={UID}")
        parts = await details({"uid": UID, "window": {}})
    assert closed == ([], True)
    assert not hidden
    assert f"/logs?pattern={UID}" in str(content)
    assert "250" in str(parts)
    assert "/logs?sel=logs.raw%3A3%3A4711%3A12" in str(parts)
    with acting(answers(**{f"/patterns/{UID}/slots": DOWN})):
        parts = await details({"uid": UID, "window": {}})
    assert "Values of its variables could not be loaded" in str(parts)
    assert "Real lines could not" not in str(parts)
    with acting({}):
        content, hidden = await opened("?sel=gone")
    assert not hidden
    assert "could not be loaded" in str(content)


async def test_text_from_outside_is_shown_and_never_obeyed(app: dash.Dash) -> None:
    from ui.pages.patterns import show
    from ui.patterns.opening import details

    with acting(answers()):
        _, body, *_ = await show("", None, None, None)
        parts = await details({"uid": UID, "window": {}})
    assert HOSTILE in rows_in(body)[1]["template"]  # the grid's cells make text of it
    assert "\x1b" not in str(parts)
    assert "\u202e" not in str(parts)
    assert "\\x1b[31mred" in "".join(
        one for part in parts for one in part._traverse() if isinstance(one, str)
    )


async def test_controls_and_address_say_the_same(app: dash.Dash) -> None:
    from ui.patterns.controls import follow, narrow, offer

    search = "?range=1h&source=a&severity%3E=error&count%3E10=&new=1"
    with acting(answers()):
        q, sources, services, severity, new, sort, tools = await follow(search)
        assert (q, sources, services, severity, new, sort) == ("", ["a"], [], "error", True, None)
        assert "&new_since=-1h" in str(tools)
        assert "from=-1h" in str(tools)  # of the time at which it is asked for, as the list
        with pytest.raises(PreventUpdate):
            await narrow(q, sources, services, severity, new, sort, search)
        changed = await narrow("disk", ["a", "b,c"], ["s"], None, False, "-change", search)
        assert changed.startswith("?range=1h&")
        again = await follow(changed)
        assert again[:6] == ("disk", ["a", "b,c"], ["s"], None, False, "-change")
        assert "count%3E10" in changed  # what the controls do not know stays
        assert await offer("", ["z"], []) == (["file:/var/log/auth.log", "z"], ["sshd"])
    with acting({}):
        assert await offer("", ["z"], []) == (["z"], [])
