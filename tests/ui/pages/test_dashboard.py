"""/: the worst thing first, parts that are not known, first steps."""

from typing import Any

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from tests.ui import alert_answers as examples
from tests.ui.acting import DOWN, acting

ME = {"id": "u1", "username": "ada", "name": "Ada", "role": "viewer", "preferences": {}}
CALM: dict[str, Any] = {
    "firing": {"total": 0, "by_severity": [], "trend": [0, 0]},
    "silent": {"host_count": 0, "hosts": [], "source_count": 0, "sources": []},
    "patterns": {"count": 0, "items": [], "trend": [0, 0]},
    "volume": {"step": 60, "starts": [], "alerts": {}, "errors": {}},
    "top_alerts": [],
}


def answers(**changes: Any) -> dict[str, Any]:
    made = {"/dashboard": examples.dashboard(), "/sources": {"items": examples.sources()}}
    return {**made, **changes}


async def test_the_worst_thing_is_said_first(app: dash.Dash) -> None:
    from ui.pages.dashboard import show

    with acting(answers()) as client:
        drawn = await show("?range=6h", None, None, None, ME)
    _, failure, head, steps, figures, alerts, errors, note, _, lists, state = drawn
    assert (failure, steps) == ([], [])
    assert head.href == "/alerts?sel=a1"
    assert "cpu_usage of db-prod-03" in str(head)
    shown = str(figures)
    for href in ("/alerts?state=firing", "/patterns?new=1&sort=-first_seen", "/pipeline"):
        assert f"'{href}'" in shown
    assert "lines/s" in shown
    assert alerts.data[0].x[0] == "2026-11-26T09:30:00"  # the clock of Berlin
    assert list(errors.data[0].y) == [12, 480]
    assert "1 in the last 6 h" in note
    assert "/patterns?sel=p8" in str(lists)
    assert "slot" in str(lists)
    assert "\x1b" not in str(lists)
    assert state["started"]
    assert {path for path, _ in client.asked} == {"/dashboard", "/sources"}
    assert client.asked[0][1] == {"from": "-6h"}  # the same for every tab and tick


async def test_when_all_is_calm_it_says_so_in_one_line(app: dash.Dash) -> None:
    from ui.pages.dashboard import show

    with acting(answers(**{"/dashboard": examples.dashboard(**CALM)})):
        _, _, head, *_, alerts, _, _, _, lists, _ = await show("", None, None, None, ME)
    assert "All is calm" in str(head)
    assert "Nothing fires." in str(lists)
    assert alerts.data  # something to draw over


@pytest.mark.parametrize(
    ("changes", "words", "href"),
    [
        ({"lag": {"seconds": 130.0, "where": "logs.raw-3"}}, "2.17 min old", "/pipeline"),
        ({"silent": {**CALM["silent"], "source_count": 2,
                     "sources": [{"source": "shop", "since": examples.AT}]}},
         "2 sources fell silent", "/integrations-admin?silent=true"),
        ({"silent": examples.dashboard()["silent"]}, "1 host fell silent", "/fleet?state=silent"),
        ({"firing": None}, "Not known now: firing", "/pipeline"),
    ],
    ids=["late", "source", "host", "unknown"],
)  # fmt: skip
def test_after_alerts_come_lag_and_silence(changes: dict[str, Any], words: str, href: str) -> None:
    from ui.dashboard.headline import headline

    said = headline(examples.dashboard(**{**CALM, **changes}))
    assert words in said.words
    assert said.href == href


def test_an_alert_that_pages_is_worse_than_lag_and_a_warning_is_not() -> None:
    from ui.dashboard.headline import headline

    late = examples.dashboard(lag={"seconds": 300.0, "where": ""})
    assert headline(late).href == "/alerts?sel=a1"
    late["top_alerts"][0]["severity"] = "warning"
    assert headline(late).href == "/pipeline"


def test_a_title_that_names_its_place_is_not_followed_by_it() -> None:
    from ui.dashboard.headline import headline

    seen = examples.dashboard()
    worst = seen["top_alerts"][0] | {"host": "api-1", "title": "latency is unusual"}
    seen["top_alerts"][0] = worst
    assert headline(seen).words == "on api-1"
    seen["top_alerts"][0] = worst | {"title": "latency is unusual on api-1"}
    assert headline(seen).words == ""


async def test_parts_that_are_not_known_say_why(app: dash.Dash) -> None:
    from ui.pages.dashboard import show

    names = ("firing", "patterns", "silent", "ingest", "lag", "volume", "top_alerts")
    unknown = {**dict.fromkeys(names), "unavailable": dict.fromkeys(names, "it takes too long")}
    with acting(answers(**{"/dashboard": examples.dashboard(**unknown)})):
        _, _, head, _, figures, _, _, note, _, lists, _ = await show("", None, None, None, ME)
    assert "Not known now" in str(head)
    assert str(figures).count("it takes too long") == 4
    assert "it takes too long" in note
    assert str(lists).count("Not shown: it takes too long") == 2


async def test_without_the_api_what_was_seen_stays_with_its_age(app: dash.Dash) -> None:
    from ui.pages.dashboard import show

    with acting({"/dashboard": DOWN, "/sources": DOWN}):
        _, failure, head, *_ = await show("", None, None, None, ME)
        assert "could not be loaded" in str(failure)
        assert head == []
        _, failure, head, *_ = await show("", None, None, {"at": examples.AT}, ME)
        assert "What you see is from" in str(failure)
        assert head is no_update


async def test_the_first_steps_tick_themselves(app: dash.Dash) -> None:
    from ui.pages.dashboard import show

    nothing = {"/dashboard": examples.dashboard(**CALM), "/sources": {"items": []}}
    with acting(nothing):
        _, _, _, steps, *_, state = await show("", None, None, None, ME)
    assert "0 of 3 done" in str(steps)
    assert "/integrations-admin" in str(steps)
    assert not state["started"]
    logs = {**examples.sources()[0], "demo": True}
    with acting({**nothing, "/sources": {"items": [logs]}}):
        answer, _, _, steps, *_ = await show("", None, None, None, ME)
    assert "2 of 3 done" in str(steps)
    assert "demo" in str(answer)
    hidden = {**ME, "preferences": {"checklist_hidden": examples.AT}}
    with acting(nothing):
        _, _, _, steps, *_ = await show("", None, None, None, hidden)
    assert steps == []
    with acting(answers()) as client:
        await show("", None, None, {"started": True}, ME)
    assert [path for path, _ in client.asked] == ["/dashboard"]


async def test_the_checklist_can_be_put_away(app: dash.Dash) -> None:
    from ui.pages.dashboard import hide

    with acting({"PATCH /me": {}}) as client:
        steps, drawn = await hide([1], {"at": examples.AT})
        assert steps == []
        assert drawn["hidden"]
        with pytest.raises(PreventUpdate):
            await hide([None], None)
    assert client.sent[0][2]["preferences"]["checklist_hidden"]
