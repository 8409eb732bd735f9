"""/settings: which parts a role sees, what is sent, what refusals look like."""

from typing import Any

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from tests.ui.acting import DOWN, acting
from tests.ui.answers import filled
from tests.ui.fake_api import Fake
from ui.problems import ApiProblem

ME = {"id": "u1", "username": "ada", "name": "Ada", "role": "admin", "preferences": {}}


def answers() -> dict[str, Any]:
    fake = Fake()
    filled(fake)
    return {f"/{path}": answer for path, answer in fake.answers.items() if " " not in path}


@pytest.mark.parametrize(
    ("role", "tabs"),
    [
        ("viewer", ["Account"]),
        ("analyst", ["Account"]),
        ("operator", ["Account", "Keys"]),
        ("admin", ["Account", "Users", "Keys", "Audit log"]),
    ],
)
async def test_a_role_sees_what_it_may_use(app: dash.Dash, role: str, tabs: list[str]) -> None:
    from ui.pages.settings import show

    with acting(answers()):
        _, drawn, *_ = await show("?tab=audit", {**ME, "role": role}, None, "/settings")
    assert [tab.children for tab in drawn] == tabs


@pytest.mark.parametrize("tab", ["account", "users", "keys", "audit"])
async def test_each_part_is_drawn_with_data_and_says_what_failed_without(
    app: dash.Dash, tab: str
) -> None:
    from ui.pages.settings import show

    with acting(answers()):
        body, _, answer, _ = await show(f"?tab={tab}", ME, None, "/settings")
    assert "could not be loaded" not in str(body)
    assert answer
    refusals: list[Exception] = [DOWN, ApiProblem(403, "forbidden", "not for you", "7f3a")]
    for error in refusals:
        with acting(dict.fromkeys(answers(), error)):
            body, *_ = await show(f"?tab={tab}", ME, None, "/settings")
        assert "could not be loaded" in str(body)


async def test_names_from_outside_stay_text(app: dash.Dash) -> None:
    from ui.pages.settings import show

    with acting(answers()):
        body, *_ = await show("?tab=users", ME, None, "/settings")
    assert "Lin <script>alert(1)</script>" in str(body)  # a child of a span, which is never HTML


async def test_a_password_that_is_refused_stays_typed(app: dash.Dash) -> None:
    from ui.settings.account import save_password

    wrong = ApiProblem(403, "wrong-credentials", "the current password is wrong")
    with acting({"POST /me/password": wrong}) as client:
        toast, changed, current, new = await save_password(1, "old", "new-password")
    assert toast == {"words": "The current password is wrong", "tone": "error"}
    assert (changed, current, new) == (no_update, no_update, no_update)
    assert client.sent[0][:3] == (
        "POST",
        "/me/password",
        {"current": "old", "new": "new-password"},
    )
    with pytest.raises(PreventUpdate):
        await save_password(None, "old", "new-password")


async def test_a_key_is_shown_when_it_is_made(app: dash.Dash) -> None:
    from ui.settings.keys import make

    with acting({"POST /keys": {"id": "k", "key": "fsk_secret"}}) as client:
        toast, shown = await make(1, " shop ", "shop, hosts/*,")
    assert toast["tone"] == "good"
    assert "fsk_secret" in str(shown)
    assert client.sent[0][2] == {"name": "shop", "sources": ["shop", "hosts/*"]}


async def test_somebody_elses_change_is_said(app: dash.Dash) -> None:
    from ui.settings.part import tried

    with acting({"PATCH /users/u2": ApiProblem(412, "precondition-failed", "version 3")}) as client:
        toast, changed, _ = await tried("Saved", "PATCH", "/users/u2", {}, if_match=2)
    assert "Somebody else changed this" in toast["words"]
    assert changed > 0  # so what is shown next is the newest
    assert client.sent[0][3] == 2
    with acting({"PATCH /users/u2": Unavailable("the API", "away")}):
        toast, changed, _ = await tried("Saved", "PATCH", "/users/u2", {})
    assert toast["tone"] == "error"
    assert changed > 0  # else a role that was only wished for would stay in its field


async def test_a_user_who_is_refused_stays_typed(app: dash.Dash) -> None:
    from ui.settings.users import add

    taken = ApiProblem(409, "taken", "there is a lin already")
    with acting({"POST /users": taken}):
        toast, changed = await add(1, "lin", "long-password", "viewer")
    assert toast["tone"] == "error"
    assert changed is no_update


async def test_a_look_at_the_inbox_writes_nothing_else_and_redraws_nothing(app: dash.Dash) -> None:
    from ui.pages.settings import show
    from ui.settings.account import save_name
    from ui.shell import inbox

    with acting({"PATCH /me": {**ME, "name": "Ada King"}, **answers()}) as client:
        now, count = await inbox.seen(1)
        assert client.sent[0][2] == {"preferences": {"inbox_seen_at": now}}
        assert count == ""
        *_, drawn = await show("?tab=keys", ME, None, "/settings")
        with pytest.raises(PreventUpdate):
            await show("?tab=keys", {**ME, "preferences": {"a": 1}}, None, "/settings", drawn)
        _, initials, me = await save_name(1, "Ada King", ME)
        assert (initials, me["name"]) == ("AK", "Ada King")
        body, *_ = await show("?tab=keys", me, None, "/settings", drawn)
    assert body
    with pytest.raises(PreventUpdate):
        await inbox.seen(None)


async def test_who_looks_is_asked_until_it_is_known(app: dash.Dash) -> None:
    from ui.shell.account import show_me

    with acting({"/me": DOWN}):
        assert (await show_me("shell", None))[0] is None
        with pytest.raises(PreventUpdate):
            await show_me("shell", 1)
    with acting({"/me": ME}):
        me, *_, known = await show_me("shell", 2)
    assert me
    assert (me["username"], known) == ("ada", True)


async def test_a_long_list_says_how_long_it_is_and_leads_on(app: dash.Dash) -> None:
    from ui.pages.settings import show

    long = {"items": answers()["/users"]["items"], "total": 312, "next_cursor": "c"}
    with acting(answers() | {"/users": long}) as client:
        body, _, answer, _ = await show("?tab=users&q=a", ME, None, "/settings")
        later, *_ = await show("?tab=users&q=a&cursor=c", ME, None, "/settings")
    assert "4 of 312 accounts" in str(answer)
    assert "/settings?tab=users&q=a&cursor=c" in str(body)
    assert "First page" in str(later)
    assert [params["cursor"] for _, params in client.asked] == [None, "c"]
    assert client.asked[0][1]["q"] == "a"
    keys = {"items": answers()["/keys"]["items"], "total": None, "next_cursor": "k"}
    with acting(answers() | {"/keys": keys}):
        body, _, answer, _ = await show("?tab=keys", ME, None, "/settings")
    assert "1 and more keys" in str(answer)
    assert "/settings?tab=keys&cursor=k" in str(body)


async def test_a_part_that_failed_is_asked_for_again(app: dash.Dash) -> None:
    from ui.pages.settings import show

    with acting(dict.fromkeys(answers(), DOWN)):
        *_, drawn = await show("?tab=users", ME, None, "/settings")
    with acting(answers()):
        body, *_, drawn = await show("?tab=users", ME, None, "/settings", drawn, 1)
        with pytest.raises(PreventUpdate):
            await show("?tab=users", ME, None, "/settings", drawn, 2)
    assert "could not be loaded" not in str(body)


async def test_what_is_typed_looks_for_users(app: dash.Dash) -> None:
    from ui.settings.users import find

    assert await find(" lin ", "?tab=users&cursor=c") == "?tab=users&q=lin"
    with pytest.raises(PreventUpdate):
        await find("lin", "?tab=users&q=lin")
