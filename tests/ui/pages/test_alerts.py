"""/alerts: rows, facets, drawer, decisions and what is said of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from tests.ui import alert_answers as examples
from tests.ui.acting import DOWN, acting
from ui.problems import ApiProblem

ME = {"id": "u1", "username": "ada", "name": "Ada", "role": "analyst", "preferences": {}}
VIEWER = {**ME, "role": "viewer"}


def answers(**changes: Any) -> dict[str, Any]:
    made = {f"/{path}": answer for path, answer in examples.alert_answers().items()}
    return {**made, "PATCH /me": {}, **changes}


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


EMPTY: dict[str, Any] = {"items": [], "next_cursor": None, "total": 0}


async def test_rows_are_drawn_and_the_visit_is_remembered(app: dash.Dash) -> None:
    from ui.pages.alerts import show

    seen = {"seen_at": "2026-11-26T08:30:00+00:00"}
    with acting(answers()) as client:
        state, hidden, rows, foot, acts, drawn = await show(
            "?state=firing&sel=a1", None, {**ME, "preferences": seen}, None
        )
    assert (state, hidden, foot) == ([], False, [])
    assert [row["id"] for row in rows] == ["a1", "b1", "b2"]
    assert [row["fresh"] for row in rows] == [True, True, False]
    assert [row["can"] for row in rows] == ["acknowledge", "acknowledge", ""]
    assert [row["acknowledged"] for row in rows] == [False, False, True]
    assert "\x1b" not in rows[1]["title"]
    assert drawn["since"] == seen["seen_at"]
    assert drawn["worst"] == "critical"
    assert len(acts) == 4
    asked = dict(client.asked)["/alerts"]
    assert (asked["state"], asked["limit"]) == ("firing", 200)
    assert {"from", "to"} <= asked.keys()
    assert client.sent[0][2]["preferences"]["seen_before"] == seen["seen_at"]


async def test_opening_a_drawer_draws_no_rows_anew(app: dash.Dash) -> None:
    from ui.pages.alerts import show

    with acting(answers()) as client:
        *_, drawn = await show("?state=firing", None, ME, None)
        asked = len(client.asked)
        with pytest.raises(PreventUpdate):
            await show("?state=firing&sel=b1", None, ME, drawn)
        assert len(client.asked) == asked
        await show("?state=resolved", None, ME, drawn)
        assert len(client.asked) == asked + 1


async def test_what_nobody_owns_is_asked_for_until_that_is_taken_out(app: dash.Dash) -> None:
    from ui.pages.alerts import select, show

    with acting(answers()) as client:
        *_, drawn = await show("?state=firing&owner=", None, ME, None)
        assert client.asked[-1][1]["owner"] == ""
        opened = await select({"rowId": "a1", "colId": "title"}, "?state=firing&owner=")
        assert opened == "?state=firing&owner=&sel=a1"
        with pytest.raises(PreventUpdate):
            await show(opened, None, ME, drawn)
        await show("?state=firing", None, ME, drawn)
        assert "owner" not in client.asked[-1][1]


async def test_a_viewer_reads_and_does_not_decide(app: dash.Dash) -> None:
    from ui.alerts.deciding import act_on_row
    from ui.pages.alerts import open_drawer, show

    with acting(answers()) as client:
        _, _, rows, _, acts, *_ = await show("", None, VIEWER, None)
        _, _, _, _, buttons, form_hidden, *_ = await open_drawer(
            "?sel=a1", None, None, None, VIEWER
        )
        toast, decided = await act_on_row({"action": "resolve", "id": "a1"}, VIEWER)
    assert {row["can"] for row in rows} == {""}
    assert "may look" in str(acts)
    assert (buttons, form_hidden) == ([], True)
    assert "may look" in toast["words"]
    assert decided is no_update
    assert not [sent for sent in client.sent if sent[0] == "POST"]


async def test_nothing_yet_and_nothing_for_this_filter_are_different(app: dash.Dash) -> None:
    from ui.pages.alerts import show

    with acting(answers(**{"/alerts": EMPTY})):
        state, hidden, *_ = await show("", None, ME, None)
    assert hidden
    assert "No alert yet" in str(state)
    with acting(answers(**{"/alerts": {**EMPTY, "total": 128}})):
        state, hidden, *_ = await show("?host=nobody", None, ME, None)
    assert hidden
    assert "0 of 128" in str(state)


async def test_without_the_api_the_last_rows_stay_with_their_age(app: dash.Dash) -> None:
    from ui.pages.alerts import count, open_drawer, show

    with acting(answers()):
        *_, drawn = await show("", None, ME, None)
    down = dict.fromkeys(answers(), DOWN)
    with acting(down):
        state, hidden, rows, *_ = await show("", None, ME, None)
        assert (hidden, rows) == (True, no_update)
        assert "could not be loaded" in str(state)
        assert "Try again" in str(state)
        state, hidden, rows, *_, kept = await show("", 7, ME, drawn)
        assert (hidden, rows, kept["ids"]) == (False, no_update, ["a1", "b1", "b2"])
        assert "What you see is from" in str(state)
        answer, filters, _ = await count(drawn, None, "", ME)
        assert answer is no_update
        assert filters
        _, _, _, body, buttons, *_ = await open_drawer("?sel=a1", None, None, None, ME)
        assert "could not be loaded" in str(body)
        assert buttons == []


async def test_a_filter_that_cannot_be_read_is_said_with_the_way_out(app: dash.Dash) -> None:
    from ui.pages.alerts import count, show

    with acting(answers()):
        state, hidden, *_ = await show("?state=bad", None, ME, None)
        _, filters, _ = await count(None, None, "?state=bad", ME)
    assert hidden
    assert "it is one of" in str(state)
    assert "Clear filters" in str(filters)


async def test_facets_count_include_and_exclude(app: dash.Dash) -> None:
    from ui.pages.alerts import count

    drawn_before = {"fresh": 2, "since": examples.AT, "worst": "high"}
    with acting(answers()):
        answer, filters, groups = await count(drawn_before, None, "?range=6h&source=nagios", ME)
    assert "2 firing" in str(answer)
    assert "2 new" in str(answer)
    assert "shape-high" in str(answer)
    assert "source is nagios" in str(filters)
    drawn = str(groups)
    assert "/alerts?range=6h&source=nagios&host=db-prod-03" in drawn
    assert "/alerts?range=6h&source=nagios,foreshock" in drawn
    assert "/alerts?range=6h&source!=nagios" in drawn
    assert "<script>" in drawn  # as text: children are never HTML
    assert "\x1b" not in drawn


async def test_the_drawer_leads_with_links_and_what_changed(app: dash.Dash) -> None:
    from ui.pages.alerts import open_drawer

    with acting(answers()):
        hidden, title, note, body, buttons, form_hidden, *_, shown = await open_drawer(
            "?sel=a1", None, None, None, ME
        )
    assert (hidden, form_hidden, shown["version"]) == (False, False, 3)
    assert "cpu_usage of db-prod-03" in str(title)
    assert "no owner" in str(note)
    links, changed = str(body[0]), str(body[1])
    assert "/metrics?host=db-prod-03&metric=cpu_usage&from=2026-11-27T08:00:00" in links
    assert "/logs?host=db-prod-03" in links
    assert "/fleet?sel=db-prod-03" in links
    assert "https://example.com/cpu" in links
    assert "javascript:" not in links
    assert "/patterns?sel=p7" in changed
    assert "/metrics?host=db-prod-03&metric=load1" in changed
    everything = str(body)
    assert "54 % ± 6 %" in everything
    assert "gave it to ada" in everything
    assert "\x1b" not in everything
    assert [one.id["action"] for one in buttons] == ["acknowledge", "resolve", "mine"]


async def test_a_drawer_without_its_parts_is_still_a_drawer(app: dash.Dash) -> None:
    from ui.pages.alerts import open_drawer

    partly = answers(**{"/alerts/a1/changes": DOWN, "/alerts/a1/history": ApiProblem(404, "x", "")})
    with acting(partly):
        _, _, _, body, buttons, *_ = await open_drawer("?sel=a1", None, None, None, ME)
    assert "could not be loaded" in str(body)
    assert buttons


async def test_what_is_open_is_drawn_anew_only_when_it_changed(app: dash.Dash) -> None:
    from ui.pages.alerts import open_drawer

    with acting(answers()):
        *_, shown = await open_drawer("?sel=a1", None, None, None, ME)
        other = {"ids": ["b1"], "at": 1, "resync": False}
        with pytest.raises(PreventUpdate):
            await open_drawer("?sel=a1", None, other, shown, ME)
        hidden, *_ = await open_drawer("?sel=a1", None, {**other, "ids": ["a1"]}, shown, ME)
        assert hidden is False
        hidden, *_, shown = await open_drawer("", None, None, shown, ME)
        assert (hidden, shown) == (True, None)


async def test_a_drawer_that_a_link_opens_gets_its_buttons_with_who_looks(app: dash.Dash) -> None:
    from ui.pages.alerts import open_drawer

    with acting(answers()):
        *_, buttons, form_hidden, _, _, shown = await open_drawer("?sel=a1", None, None, None, None)
        assert (buttons, form_hidden) == ([], True)
        *_, buttons, form_hidden, _, _, shown = await open_drawer("?sel=a1", None, None, shown, ME)
        assert (len(buttons), form_hidden) == (3, False)
        with pytest.raises(PreventUpdate):
            await open_drawer("?sel=a1", None, None, shown, ME)
    inputs = next(
        one["inputs"]
        for name, one in {**dash._callback.GLOBAL_CALLBACK_MAP, **app.callback_map}.items()
        if "alerts-drawer.hidden" in name
    )
    assert {"id": "me", "property": "data"} in inputs


async def test_what_was_typed_for_one_alert_is_not_said_of_the_next(app: dash.Dash) -> None:
    from ui.pages.alerts import open_drawer

    news = {"ids": ["a1"], "at": 1, "resync": False}
    with acting(answers()):
        *_, shown = await open_drawer("?sel=a1", None, None, None, ME)
        *_, text, owner, _ = await open_drawer("?sel=a1", None, news, shown, ME)
        assert (text, owner) == (no_update, no_update)
        *_, text, owner, _ = await open_drawer("?sel=b1", None, None, shown, ME)
        assert (text, owner) == ("", "")
        *_, text, owner, _ = await open_drawer("", None, None, shown, ME)
        assert (text, owner) == ("", "")


async def test_live_rows_change_in_place_and_new_ones_wait(app: dash.Dash) -> None:
    from ui.pages.alerts import hear

    drawn = {"ids": ["a1"], "since": ""}
    with acting(answers()):
        updates, waiting, _ = await hear({"ids": ["a1", "b1"], "at": 1}, None, "", drawn, ME)
        assert {row["id"] for row in updates["rows"]} == {"a1"}
        assert set(waiting["ids"]) == {"b1", "b2"}
    with acting(answers(**{"/alerts": {**EMPTY}})):
        nothing = (no_update, no_update, no_update)
        assert await hear({"ids": ["b1"], "at": 1}, None, "", drawn, ME) == nothing


async def test_of_a_part_only_what_began_after_it_is_new(app: dash.Dash) -> None:
    from ui.pages.alerts import hear, show

    with acting(answers(**{"/alerts": {"items": [examples.alert()], "total": 5_000}})):
        *_, drawn = await show("", None, ME, None)
    assert (drawn["ids"], drawn["whole"]) == (["a1"], False)
    old, young = (ago(minutes=5), ago(seconds=20))
    found = [examples.alert("b1", first_seen=old), examples.alert("b2", first_seen=young)]
    with acting(answers(**{"/alerts": {"items": found, "total": 2}})):
        _, waiting, _ = await hear({"ids": ["b1", "b2"], "at": 1}, None, "", drawn, ME)
    assert waiting["ids"] == ["b2"]


async def test_the_answer_is_of_all_and_not_of_the_rows_alone(app: dash.Dash) -> None:
    from ui.pages.alerts import count

    since = ago(days=1)
    drawn = {"since": since, "fresh": 0, "worst": "low", "whole": False}
    ages = [ago()] * 3 + [ago(days=2)]
    found = [examples.alert(str(n), first_seen=age) for n, age in enumerate(ages)]
    with acting(answers(**{"/alerts": {"items": found, "total": 5_000}})) as client:
        answer, *_ = await count(drawn, None, "?state=resolved&sort=title&source=nagios", ME)
        asked = [params for path, params in client.asked if path == "/alerts"]
        many = {"items": found[:1] * 200, "total": 5_000}
    assert "Strong('3 new')" in str(answer)
    assert "shape-critical" in str(answer)
    assert [one.get("sort") for one in asked] == [None, "-first_seen"]
    assert {(one["state"], one["source"]) for one in asked} == {("firing", "nagios")}
    with acting(answers(**{"/alerts": many})):
        answer, *_ = await count(drawn, None, "", ME)
    assert "Strong('200+ new')" in str(answer)


async def test_rows_of_another_filter_do_not_stay_and_come_back_by_themselves(
    app: dash.Dash,
) -> None:
    from ui.pages.alerts import hear, show

    with acting(answers()):
        *_, drawn = await show("?state=firing", None, ME, None)
    with acting(dict.fromkeys(answers(), DOWN)):
        state, hidden, rows, *_, failed = await show("?state=resolved", None, ME, drawn)
        assert (hidden, rows, failed["ids"]) == (True, [], [])
        assert "What you see is from" not in str(state)
    with acting(answers()):
        *_, again = await hear({"ids": [], "resync": True}, None, "?state=resolved", failed, ME)
        assert again is not no_update
        _, hidden, rows, *_, drawn = await show("?state=resolved", None, ME, failed, _again=1)
        assert (hidden, bool(rows)) == (False, True)
        with pytest.raises(PreventUpdate):
            await show("?state=resolved", None, ME, drawn, _again=2)


@pytest.mark.parametrize("search", ["?state=bad", ""], ids=["unreadable", "away"])
async def test_news_that_cannot_be_asked_for_are_no_toasts(app: dash.Dash, search: str) -> None:
    from ui.pages.alerts import hear

    with acting({"/alerts": DOWN}), pytest.raises(PreventUpdate):
        await hear({"ids": ["a1"], "at": 1}, None, search, {"ids": ["a1"]}, ME)


@pytest.mark.parametrize(
    ("error", "words", "again"),
    [
        (ApiProblem(412, "version-conflict", "it is at 4"), "Somebody was faster", True),
        (ApiProblem(409, "forbidden-step", "it is over"), "it is over", True),
        (ApiProblem(404, "not-found", "none"), "gone", True),
        (ApiProblem(403, "forbidden", "no"), "may look", False),
        (Unavailable("the API", "away"), "Not decided", False),
    ],
    ids=["412", "409", "404", "403", "503"],
)
async def test_refusals_are_words(error: Exception, words: str, again: bool) -> None:
    from ui.alerts.deciding import Wish, decide

    with acting({"POST /alerts/a1/resolve": error}) as client:
        outcome = await decide("a1", 3, Wish("resolve"))
    assert words in outcome.words
    assert outcome.toast()["tone"] == "error"
    assert bool(outcome.ids) is again
    assert client.sent[0][3] == 3


async def test_a_decision_that_takes_longer_is_said(app: dash.Dash) -> None:
    from ui.alerts.deciding import Wish, decide, decide_many

    operation = {"id": "o1", "state": "pending", "kind": "resolve"}
    with acting({"POST /alerts/a1/resolve": operation, "POST /alerts:bulk": operation}):
        for outcome in (
            await decide("a1", 3, Wish("resolve")),
            await decide_many(["a1"], Wish("resolve")),
        ):
            assert "Accepted" in outcome.words
            assert outcome.decided() is no_update


async def test_many_at_once_are_counted(app: dash.Dash) -> None:
    from ui.alerts.deciding import Wish, decide_many

    items = [
        {"id": "a1", "status": "applied", "reason": ""},
        {"id": "b1", "status": "forbidden", "reason": "it is over"},
    ]
    with acting({"POST /alerts:bulk": {"operation": "o", "applied": 1, "items": items}}) as client:
        outcome = await decide_many(["a1", "b1"], Wish("assign", owner="ada"))
    assert outcome.words == "1: assigned. 1 not: it is over"
    assert client.sent[0][2] == {"action": "assign", "ids": ["a1", "b1"], "owner": "ada"}
    assert outcome.ids == ["a1", "b1"]


async def test_a_key_on_a_row_decides_on_the_version_that_was_seen(app: dash.Dash) -> None:
    from ui.alerts.deciding import act_on_row

    row = examples.alert(shown="acknowledged", version=4)
    with acting({"POST /alerts/a1/acknowledge": row}) as client:
        toast, decided = await act_on_row({"action": "acknowledge", "id": "a1", "version": 3}, ME)
    assert toast == {"words": "Acknowledged", "tone": "good"}
    assert decided["rows"][0]["state"] == "acknowledged"
    assert client.sent == [("POST", "/alerts/a1/acknowledge", {}, 3)]


def test_buttons_mean_what_is_typed() -> None:
    from ui.alerts.deciding import wish_of

    assert wish_of("mine", ME, {}) == ("assign", "", "ada")
    assert wish_of("assign", ME, {"owner": " kim "}) == ("assign", "", "kim")
    assert wish_of("assign", ME, {"owner": " "}) is None
    assert wish_of("comment", ME, {"text": ""}) is None
    assert wish_of("comment", ME, {"text": "hm"}) == ("comment", "hm", None)


def test_a_reload_is_the_same_visit() -> None:
    from ui.alerts.rows import boundary

    now = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert boundary({}, now)[0] == ""
    earlier = (now - timedelta(hours=3)).isoformat()
    since, kept = boundary({"seen_at": earlier}, now)
    assert since == earlier
    assert boundary(kept, now + timedelta(minutes=5))[0] == earlier
    assert boundary(kept, now + timedelta(hours=1))[0] == now.isoformat()
    assert boundary({"seen_at": "nonsense"}, now)[0] == ""


async def test_who_comes_back_without_a_reload_was_here_then(app: dash.Dash) -> None:
    """`me` is as old as the page: what was remembered since stands in a store of the frame."""
    from ui.pages.alerts import show

    me = {**ME, "preferences": {"seen_at": ago(days=1)}}
    with acting(answers()) as client:
        *_, drawn = await show("", None, me, None)
        assert drawn["visit"] == client.sent[0][2]["preferences"]
        earlier = {**drawn["visit"], "seen_at": ago(hours=3)}
        *_, drawn = await show("", None, me, None, visit=earlier)
    assert drawn["since"] == drawn["visit"]["seen_before"] == earlier["seen_at"]


async def test_a_megabyte_in_one_word_is_cut(app: dash.Dash) -> None:
    from ui.alerts.rows import row_of
    from ui.pages.alerts import open_drawer

    huge = examples.alert(title="x" * 1_000_000, description="y" * 1_000_000)
    assert len(row_of(huge)["title"]) < 400
    with acting(answers(**{"/alerts/a1": huge})):
        _, title, _, body, *_ = await open_drawer("?sel=a1", None, None, None, ME)
    assert len(str(title)) + len(str(body)) < 50_000


def test_signals_in_a_row_are_one_entry() -> None:
    from ui.alerts.timeline import timeline

    entries = timeline(examples.history())
    assert [(one.kind, one.many) for one in entries] == [
        ("comment", 1),
        ("assign", 1),
        ("signal", 2),
        ("signal", 1),
    ]
    assert entries[2].words == "warning → critical"
