"""Accounts and their roles, for admins."""

from typing import Any, Final

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, callback, ctx, html, no_update
from dash.exceptions import PreventUpdate

from schemas.roles import Role
from ui.address import first, with_params
from ui.components.attributes import hyphened
from ui.components.button import button, field, find_input, text_input
from ui.components.page import page, panel, table
from ui.components.severity import state
from ui.components.states import no_match
from ui.components.text import shown_text
from ui.components.times import moment
from ui.settings.part import count_of, here, page_of, pages, tried
from ui.visit import api

_ROLES: Final = [role.value for role in Role]
_MEANINGS: Final = (
    "viewer reads · analyst decides on alerts · operator runs sources and keys · admin does all"
)


async def part(me: dict[str, Any] | None, search: str) -> tuple[Any, Any]:
    """Who may do what, and a form for one more."""
    found = await api().get("/users", **page_of(search))
    users = found["items"]
    count, disabled = count_of(found), sum(bool(user["disabled"]) for user in users)
    answer = [
        html.Strong(f"{count} account{'s' * (count != '1')}"),
        f", {disabled or 'none'} disabled{here(found)} · {_MEANINGS}",
    ]
    rows = [_row(user, own=bool(me and user["id"] == me["id"])) for user in users]
    names = ("Name", "User name", "Role", "State", "Last login", "")
    find = find_input("users-q", "Part of a name", first(search, "q"))
    listed: Any = table(names, rows) if rows else no_match(None, clear_href="/settings?tab=users")
    return answer, page(
        panel(listed, title="Users", actions=[find, *pages(search, found)]), _form()
    )


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("users-q", "value"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def find(text: str | None, search: str) -> str:
    """What is typed goes into the address."""
    if (text or "").strip() == first(search, "q"):
        raise PreventUpdate
    return with_params(search, {"q": (text or "").strip(), "cursor": None})


def _row(user: dict[str, Any], *, own: bool) -> list[Any]:
    id = {"id": user["id"], "version": user.get("version") or 0, "role": user["role"]}
    word = "disabled" if user["disabled"] else "active"
    act = "Enable" if user["disabled"] else "Disable"
    switch = button(act, quiet=True, id={"type": f"user-{act.lower()}", **id})
    return [
        html.Span(shown_text(user["name"] or "–", 80), className="cut"),  # noqa: RUF001
        html.Code(user["username"]),
        dmc.Select(
            id={"type": "user-role", **id},
            data=_ROLES,
            value=user["role"],
            allowDeselect=False,
            disabled=own,
            w=130,
            size="xs",
            **hyphened({"aria-label": f"Role of {user['username']}"}),
        ),
        state(word),
        moment(user.get("last_login_at"), relative=True),
        html.Span("you", className="dim") if own else switch,
    ]


def _form() -> html.Section:
    role = dmc.Select(id="new-user-role", data=_ROLES, value="viewer", allowDeselect=False)
    fields = [
        field("User name", text_input("new-user-name", autoComplete="off")),
        field("Password", text_input("new-user-password", type="password", autoComplete="off")),
        field("Role", role),
    ]
    make = button("Add user", id="new-user-save", filled=True, glyph="plus", once=True)
    return panel(
        html.Div([html.Div(fields, className="columns"), html.Div(make)], className="stack"),
        title="Add a user",
    )


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("settings-changed", "data", allow_duplicate=True),
    Input("new-user-save", "n_clicks"),
    State("new-user-name", "value"),
    State("new-user-password", "value"),
    State("new-user-role", "value"),
    running=[(Output("new-user-save", "disabled"), True, False)],
    prevent_initial_call=True,
)
async def add(clicks: int | None, username: str, password: str, role: str) -> tuple[Any, Any]:
    """One more account."""
    if not clicks:
        raise PreventUpdate
    body = {"username": (username or "").strip(), "password": password or "", "role": role}
    toast, changed, _ = await tried(f"{body['username']} can sign in now", "POST", "/users", body)
    return toast, no_update if toast["tone"] == "error" else changed  # what is typed stays


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("settings-changed", "data", allow_duplicate=True),
    Input({"type": "user-role", "id": ALL, "version": ALL, "role": ALL}, "value"),
    Input({"type": "user-enable", "id": ALL, "version": ALL, "role": ALL}, "n_clicks"),
    Input({"type": "user-disable", "id": ALL, "version": ALL, "role": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
async def change(_: list[str], enabled: list[Any], disabled: list[Any]) -> tuple[Any, Any]:
    """A role or a state; the version that was seen goes along, so nobody overwrites another."""
    which = ctx.triggered_id
    value = ctx.triggered[0]["value"] if ctx.triggered else None
    # Rows that are drawn anew call too, with the role that is in force.
    if not isinstance(which, dict) or not value or value == which["role"]:
        raise PreventUpdate
    asked = {
        "user-role": {"role": value},
        "user-enable": {"disabled": False},
        "user-disable": {"disabled": True},
    }[which["type"]]
    version = int(which["version"]) or None
    toast, changed, _answer = await tried(
        "Saved", "PATCH", f"/users/{which['id']}", asked, if_match=version
    )
    return toast, changed
