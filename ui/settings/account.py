"""Oneself: name, password, look and sound, sessions."""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, callback, ctx, html, no_update
from dash.exceptions import PreventUpdate

from ui.components.attributes import hyphened
from ui.components.button import button, field, text_input
from ui.components.page import facts, page, panel, table
from ui.components.severity import state
from ui.components.text import shown_text
from ui.components.times import moment
from ui.settings.part import tried
from ui.visit import api


async def part(me: dict[str, Any] | None, search: str) -> tuple[Any, Any]:
    """Profile, password, look and sound side by side; sessions below."""
    who = me or await api().get("/me")
    sessions = (await api().get("/me/sessions"))["items"]
    body = page(
        html.Div([_profile(who), _password(), _look()], className="columns"), _sessions(sessions)
    )
    count = f"{len(sessions)} session{'s' * (len(sessions) != 1)}"
    return [html.Strong(who["username"]), f" · {who['role']} · {count}"], body


def _profile(who: dict[str, Any]) -> html.Section:
    rows = [("User name", html.Code(who["username"])), ("Role", who["role"])]
    name = text_input("account-name", value=str(who.get("name") or ""), maxLength=200)
    return panel(
        html.Div(
            [facts(rows), field("Name", name), button("Save name", id="account-save")],
            className="stack",
        ),
        title="Profile",
    )


def _password() -> html.Section:
    fields = [
        field("Current password", text_input("password-current", type="password")),
        field(
            "New password",
            text_input("password-new", type="password", minLength=8),
            note="At least 8 characters. Your other sessions end.",
        ),
        button("Change password", id="password-save"),
    ]
    return panel(html.Div(fields, className="stack"), title="Password")


def _look() -> html.Section:
    themes = [
        button(words, glyph=glyph, **hyphened({"data-theme": name}))
        for name, glyph, words in (
            ("dark", "moon", "Dark"),
            ("light", "sun", "Light"),
            ("auto", "settings", "System"),
        )
    ]
    sounds = [
        dmc.Switch(id="sound-switch", label="Sound for new critical alerts", persistence=True),
        html.Div(
            [
                button("Hear critical", glyph="sound", **hyphened({"data-sound": "critical"})),
                button("Hear resolved", glyph="sound", **hyphened({"data-sound": "resolved"})),
            ],
            className="row wrap",
        ),
    ]
    return panel(
        html.Div(
            [
                html.Div(
                    [html.Div("Theme", className="label"), html.Div(themes, className="row wrap")],
                    className="field",
                ),
                html.Div([html.Div("Sound", className="label"), *sounds], className="stack"),
            ],
            className="stack",
        ),
        title="Look and sound",
        note="Kept in this browser",
    )


def _sessions(sessions: list[dict[str, Any]]) -> html.Section:
    rows = [
        [
            html.Span(shown_text(str(one.get("agent") or "unknown program"), 120)),
            html.Code(str(one.get("address") or "")),
            moment(one.get("created_at")),
            moment(one.get("last_used_at"), relative=True),
            state("this one")
            if one.get("current")
            else button("End", quiet=True, id={"type": "session-end", "id": one["id"]}),
        ]
        for one in sessions
    ]
    names = ("Program", "Address", "Signed in", "Last used", "")
    return panel(table(names, rows), title="Sessions", note="Where you are signed in")


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("user-initials", "children", allow_duplicate=True),
    Output("me", "data", allow_duplicate=True),
    Input("account-save", "n_clicks"),
    State("account-name", "value"),
    State("me", "data"),
    prevent_initial_call=True,
)
async def save_name(
    clicks: int | None, name: str | None, me: dict[str, Any] | None
) -> tuple[Any, Any, Any]:
    """The name that others see."""
    if not clicks:
        raise PreventUpdate
    toast, _, answer = await tried("Name saved", "PATCH", "/me", {"name": (name or "").strip()})
    if not answer:
        return toast, no_update, no_update
    words = str(answer["name"] or answer["username"]).split()
    known = {**me, "name": str(answer["name"] or "")} if me else no_update
    return toast, "".join(word[0] for word in words[:2]).upper(), known


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("settings-changed", "data", allow_duplicate=True),
    Output("password-current", "value"),
    Output("password-new", "value"),
    Input("password-save", "n_clicks"),
    State("password-current", "value"),
    State("password-new", "value"),
    prevent_initial_call=True,
)
async def save_password(clicks: int | None, current: str, new: str) -> tuple[Any, Any, Any, Any]:
    """Needs the old one; both fields are emptied when it worked."""
    if not clicks:
        raise PreventUpdate
    body = {"current": current or "", "new": new or ""}
    toast, changed, _ = await tried("Password changed", "POST", "/me/password", body)
    if toast["tone"] == "error":  # what is typed stays
        return toast, no_update, no_update, no_update
    return toast, changed, "", ""


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("settings-changed", "data", allow_duplicate=True),
    Input({"type": "session-end", "id": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
async def end_session(clicks: list[int | None]) -> tuple[Any, Any]:
    """Another browser is signed out."""
    if not any(clicks) or not isinstance(ctx.triggered_id, dict):
        raise PreventUpdate
    path = f"/me/sessions/{ctx.triggered_id['id']}"
    toast, changed, _ = await tried("Session ended", "DELETE", path)
    return toast, changed
