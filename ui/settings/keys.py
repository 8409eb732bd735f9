"""Keys of producers, for operators: made here, shown once, revoked here."""

from typing import Any

from dash import ALL, Input, Output, State, callback, ctx, html
from dash.exceptions import PreventUpdate

from ui.components.attributes import hyphened
from ui.components.button import button, field, icon_button, text_input
from ui.components.page import page, panel, table
from ui.components.severity import state
from ui.components.states import first_use
from ui.components.text import shown_text
from ui.components.times import moment
from ui.settings.part import count_of, here, page_of, pages, tried
from ui.visit import api


async def part(me: dict[str, Any] | None, search: str) -> tuple[Any, Any]:
    """Which keys there are, and a form for one more."""
    found = await api().get("/keys", **page_of(search))
    keys = found["items"]
    active = sum(key.get("state") == "active" for key in keys)
    names = ("Name", "Key", "Sources", "Endpoints", "Last used", "Expires", "State", "")
    shown = table(names, [_row(key) for key in keys]) if keys else _none()
    listed = panel(shown, title="Keys of producers", actions=pages(search, found))
    count = count_of(found)
    answer = [
        html.Strong(f"{count} key{'s' * (count != '1')}"),
        f", {active or 'none'} active{here(found)}",
    ]
    return answer, page(_form(), listed)


def _none() -> html.Div:
    return first_use("No key yet", "A producer needs one to send over HTTP.", glyph="key")


def _row(key: dict[str, Any]) -> list[Any]:
    word = str(key.get("state") or "active")
    revoke = button("Revoke", quiet=True, danger=True, id={"type": "key-revoke", "id": key["id"]})
    return [
        html.Span(shown_text(key["name"], 80), className="cut"),
        html.Code(f"{key.get('starts_with') or ''}…"),
        shown_text(", ".join(key.get("sources") or ["all"]), 120),
        ", ".join(key.get("endpoints") or ["all"]),
        moment(key.get("last_used_at"), relative=True),
        moment(key.get("expires_at")) if key.get("expires_at") else "never",
        state(word),
        revoke if word == "active" else "",
    ]


def _form() -> html.Section:
    fields = [
        field("Name", text_input("key-name", placeholder="telegraf on web-1", maxLength=100)),
        field(
            "Sources",
            text_input("key-sources", placeholder="all"),
            note="Comma separated; * at the end: all that begin so",
        ),
    ]
    make = button("Make a key", id="key-save", filled=True, glyph="plus", once=True)
    inside = [html.Div(fields, className="columns"), html.Div(make), html.Div(id="key-made")]
    return panel(html.Div(inside, className="stack"), title="Make a key")


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("key-made", "children"),
    Input("key-save", "n_clicks"),
    State("key-name", "value"),
    State("key-sources", "value"),
    running=[(Output("key-save", "disabled"), True, False)],
    prevent_initial_call=True,
)
async def make(clicks: int | None, name: str, sources: str) -> tuple[Any, Any]:
    """The list is not loaded again, as that would take the new key away before it is copied."""
    if not clicks:
        raise PreventUpdate
    wanted = [one.strip() for one in (sources or "").split(",") if one.strip()]
    body = {"name": (name or "").strip(), "sources": wanted or None}
    toast, _, answer = await tried("Key made", "POST", "/keys", body)
    return toast, _shown_once(answer["key"]) if answer else ""


def _shown_once(key: str) -> html.Div:
    said = html.Span([html.Strong("Copy it now, it is not shown again: "), html.Code(key)])
    copy = icon_button("copy", "Copy the key", **hyphened({"data-copy": key}))
    return html.Div([html.Span(className="icon icon-key"), said, copy], className="notice good")


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("settings-changed", "data", allow_duplicate=True),
    Input({"type": "key-revoke", "id": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
async def revoke(clicks: list[int | None]) -> tuple[Any, Any]:
    """From within a second on it lets nobody in."""
    if not any(clicks) or not isinstance(ctx.triggered_id, dict):
        raise PreventUpdate
    path = f"/keys/{ctx.triggered_id['id']}"
    toast, changed, _ = await tried("Key revoked", "DELETE", path)
    return toast, changed
