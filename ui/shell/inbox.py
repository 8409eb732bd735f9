"""The inbox behind the bell: critical alerts that fire, and what is assigned to who looks."""

from datetime import UTC, datetime
from typing import Any, Final

from dash import Input, Output, State, callback, html
from dash.exceptions import PreventUpdate

from ui.components.severity import severity
from ui.components.text import shown_text
from ui.components.times import moment
from ui.shell.account import or_none
from ui.visit import api

_MOST: Final = 8


@callback(
    Output("inbox", "children"),
    Output("inbox-count", "children"),
    Input("me", "data"),
    Input("live", "data"),
)
async def show(me: dict[str, Any] | None, live: dict[str, Any] | None) -> tuple[Any, str]:
    """The newest first; the number says how many are newer than the last look."""
    if me is None or not concerns_alerts(live):
        raise PreventUpdate
    critical = await or_none("/alerts", severity="critical", state="firing", limit=_MOST)
    mine = await or_none("/alerts", owner=me["username"], state="firing", limit=_MOST)
    found = {row["id"]: row for page in (critical, mine) if page for row in page["items"]}
    rows = sorted(found.values(), key=lambda row: str(row.get("last_seen")), reverse=True)
    seen = str((me.get("preferences") or {}).get("inbox_seen_at") or "")
    new = sum(str(row.get("last_seen")) > seen for row in rows)
    if not rows:
        return (html.P("Nothing critical fires, nothing is yours.", className="who dim"), "")
    return ([_item(row) for row in rows[:_MOST]], str(new) if new else "")


def concerns_alerts(live: dict[str, Any] | None) -> bool:
    """Whether to ask again: at the first time, after a gap, and when an alert changed."""
    if not live or live.get("resync"):
        return True
    return any(event.get("topic") == "alerts" for event in live.get("events") or [])


@callback(
    Output("me", "data", allow_duplicate=True),
    Input("inbox-menu", "n_clicks"),
    State("me", "data"),
    prevent_initial_call=True,
)
async def seen(_: int | None, me: dict[str, Any] | None) -> dict[str, Any]:
    """A look at the inbox makes what is in it old."""
    known = me or {}
    preferences = {**(known.get("preferences") or {}), "inbox_seen_at": _now()}
    await api().send("PATCH", "/me", {"preferences": preferences})
    return {**known, "preferences": preferences}


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _item(row: dict[str, Any]) -> html.A:
    words = html.Span(shown_text(str(row.get("title") or row["id"]), 120), className="cut")
    when = html.Span(moment(row.get("last_seen"), relative=True), className="dim small")
    return html.A(
        [severity(str(row.get("severity"))), words, when],
        href=f"/alerts?sel={row['id']}",
        className="item",
    )
