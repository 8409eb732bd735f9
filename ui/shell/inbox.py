"""The inbox behind the bell: critical alerts that fire, and what is assigned to who looks."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dash import Input, Output, State, callback, html
from dash.exceptions import PreventUpdate

from ui.components.severity import severity
from ui.components.text import shown_text
from ui.components.times import moment, parsed
from ui.shell.account import or_none
from ui.visit import api

_MOST: Final = 8


@callback(
    Output("inbox", "children"),
    Output("inbox-count", "children"),
    Input("me", "data"),
    Input("inbox-heard", "data"),
    State("inbox-seen", "data"),
)
async def show(
    me: dict[str, Any] | None, _: int | None, looked: str | None = None
) -> tuple[Any, str]:
    """The newest first; the number says how many began after the last look."""
    if me is None:
        raise PreventUpdate
    critical, mine = await asyncio.gather(
        or_none("/alerts", severity="critical", state="firing", limit=_MOST),
        or_none("/alerts", owner=me["username"], state="firing,acknowledged", limit=_MOST),
    )
    found = {row["id"]: row for page in (critical, mine) if page for row in page["items"]}
    rows = sorted(found.values(), key=lambda row: str(row.get("last_seen")), reverse=True)
    before = str((me.get("preferences") or {}).get("inbox_seen_at") or "")
    new = new_of(rows, max(before, looked or ""))
    if not rows:
        return (html.P("Nothing critical fires, nothing is yours.", className="who dim"), "")
    return ([_item(row) for row in rows[:_MOST]], str(new) if new else "")


def new_of(rows: Iterable[Mapping[str, Any]], seen: str) -> int:
    """How many began after somebody looked; one with another signal is as old as it was. Pure."""
    try:
        looked = parsed(seen)
    except ValueError:  # never, or not written by us
        return sum(1 for _ in rows)
    return sum(parsed(row["first_seen"]) > looked for row in rows)


@callback(
    Output("inbox-seen", "data"),
    Output("inbox-count", "children", allow_duplicate=True),
    Input("inbox-opened", "data"),
    prevent_initial_call=True,
)
async def seen(opened: int | None) -> tuple[str, str]:
    """A look at the inbox makes what is in it old; other preferences stay as others wrote them."""
    if not opened:
        raise PreventUpdate
    now = datetime.now(UTC).isoformat()
    await api().send("PATCH", "/me", {"preferences": {"inbox_seen_at": now}})
    return now, ""


def _item(row: dict[str, Any]) -> html.A:
    words = html.Span(shown_text(str(row.get("title") or row["id"]), 120), className="cut")
    when = html.Span(moment(row.get("last_seen"), relative=True), className="dim small")
    return html.A(
        [severity(str(row.get("severity"))), words, when],
        href=f"/alerts?sel={row['id']}",
        className="item",
    )
