"""/settings: one's own account, and for who may: users, keys, the audit log."""

from typing import Any, Final, NamedTuple

from dash import Input, Output, State, callback, dcc, html, register_page
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from schemas.roles import Permission, may
from ui.address import first, stay_on
from ui.clocks import beat, busy, clockwork
from ui.components.attributes import hyphened
from ui.components.page import page, page_head
from ui.components.states import failed, skeleton
from ui.problems import ApiProblem
from ui.settings import account, audit, keys, users
from ui.settings.part import Part
from ui.visit import role_of

_AGAIN_MS: Final = 15_000

register_page(__name__, path="/settings", name="Settings", icon="settings", order=90, key="s")


class Tab(NamedTuple):
    """A part of the page, and the right without which it is not there."""

    name: str
    title: str
    permission: Permission
    part: Part


TABS: Final = (
    Tab("account", "Account", Permission.OWN_ACCOUNT, account.part),
    Tab("users", "Users", Permission.WRITE_USERS, users.part),
    Tab("keys", "Keys", Permission.WRITE_KEYS, keys.part),
    Tab("audit", "Audit log", Permission.READ_AUDIT, audit.part),
)


def layout(search: str = "", **_: str) -> html.Div:
    """The skeleton, and what the parts write into."""
    return page(
        page_head("Settings", answer_id="settings-answer"),
        html.Nav(id="settings-tabs", className="tabs", **hyphened({"aria-label": "Parts"})),
        dcc.Store(id="settings-changed"),
        dcc.Store(id="settings-drawn"),
        *clockwork("settings-again", _AGAIN_MS),
        html.Div(skeleton("calc(var(--row) * 5)", 2, panel=True), id="settings-body"),
    )


@callback(
    Output("settings-body", "children"),
    Output("settings-tabs", "children"),
    Output("settings-answer", "children"),
    Output("settings-drawn", "data"),
    Input("url", "search"),
    Input("me", "data"),
    Input("settings-changed", "data"),
    State("url", "pathname"),
    State("settings-drawn", "data"),
    beat("settings-again"),
    running=[busy("settings-again")],
)
async def show(
    search: str,
    me: dict[str, Any] | None,
    changed: Any,
    path: str,
    drawn: list[Any] | None = None,
    again: int | None = None,
) -> tuple[Any, Any, Any, Any]:
    """The part that the URL names, drawn for this role; not again when only preferences changed,
    as that would take away what is typed, and a key that is shown once. What failed is asked for
    again by itself.
    """
    stay_on("/settings", path)
    asked = [search, changed, *((me or {}).get(name) for name in ("id", "role", "name"))]
    if drawn == asked:
        raise PreventUpdate
    role = role_of(me)
    open_to = [tab for tab in TABS if may(role, tab.permission)]
    wanted = first(search, "tab", "account")
    chosen = next((tab for tab in open_to if tab.name == wanted), TABS[0])
    try:
        answer, body = await chosen.part(me, search)
    except (Unavailable, ApiProblem) as error:
        answer, body, asked = "", failed(chosen.title, error), []
    return body, [_tab(tab, chosen) for tab in open_to], answer, asked


def _tab(tab: Tab, chosen: Tab) -> html.A:
    current = hyphened({"aria-current": "page"} if tab is chosen else {})
    return html.A(tab.title, href=f"/settings?tab={tab.name}", **current)
