"""Decisions on alerts: by the buttons of the drawer, for the selected rows, by a key on a row.

The API answers; what it says is told in words. Nobody overwrites what somebody else did meanwhile:
the version that was seen goes along.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from dash import ALL, Input, Output, State, callback, ctx, no_update
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from schemas.roles import Permission, Role, may
from ui.alerts.rows import row_of
from ui.components.text import shown_text
from ui.problems import ApiProblem
from ui.visit import api

_DONE: Final = {
    "acknowledge": "Acknowledged",
    "unacknowledge": "No longer acknowledged",
    "resolve": "Resolved",
    "assign": "Assigned",
    "comment": "Comment saved",
}
_LATER: Final = "Accepted. It takes longer than usual, and will show here when it is decided."
_SLASH: Final = "%2F"
_REASONS: Final = 2  # that a toast names


class Wish(NamedTuple):
    """What is wanted: an action of the API and its body."""

    action: str
    text: str = ""
    owner: str | None = None

    def body(self) -> dict[str, str]:
        """As the API takes it."""
        return {
            **({"text": self.text} if self.text else {}),
            **({"owner": self.owner} if self.owner is not None else {}),
        }


class Outcome(NamedTuple):
    """What is said, and the rows that are known to be otherwise now; `ids` are to be read again."""

    words: str
    good: bool
    ids: Sequence[str] = ()
    rows: Sequence[dict[str, Any]] = ()

    def toast(self) -> dict[str, str]:
        """For the corner of the page."""
        return {"words": self.words, "tone": "good" if self.good else "error"}

    def decided(self) -> Any:
        """For the store `alerts-decided`; no_update when nothing has to be drawn."""
        if not self.ids:
            return no_update
        return {"ids": list(self.ids), "rows": list(self.rows), "at": time.time()}


def may_decide(me: Mapping[str, Any] | None) -> bool:
    """Whether who looks has the right; the API checks it again."""
    return me is not None and may(Role(me["role"]), Permission.DECIDE_ALERTS)


def wish_of(action: str, me: Mapping[str, Any], fields: Mapping[str, Any]) -> Wish | None:
    """What a button means with what is typed; None where something has to be typed first."""
    if action == "mine":
        return Wish("assign", owner=str(me["username"]))
    if action == "assign":
        owner = str(fields.get("owner") or "").strip()
        return Wish("assign", owner=owner) if owner else None
    if action == "comment":
        text = str(fields.get("text") or "").strip()
        return Wish("comment", text) if text else None
    return Wish(action)


async def decide(alert_id: str, version: int | None, wish: Wish) -> Outcome:
    """On one alert. A comment goes to whichever version there is."""
    seen = None if wish.action == "comment" else version
    path = f"/alerts/{alert_id.replace('/', _SLASH)}/{wish.action}"
    try:
        answer = await api().send("POST", path, wish.body(), if_match=seen)
    except (Unavailable, ApiProblem) as error:
        return refused(alert_id, error)
    if "fingerprint" not in (answer or {}):
        return Outcome(_LATER, good=True)
    owner = f" to {wish.owner}" if wish.action == "assign" and wish.owner else ""
    rows = [row_of(answer, may_decide=True)]
    return Outcome(f"{_DONE[wish.action]}{owner}", good=True, ids=[alert_id], rows=rows)


def refused(alert_id: str, error: Unavailable | ApiProblem) -> Outcome:
    """Why not, for people; where somebody was faster, what is shown is read again."""
    text = shown_text(str(error), 300)
    if isinstance(error, Unavailable):
        return Outcome(f"Not decided: {text}.", good=False)
    if error.status == 412:
        words = "Somebody was faster: the alert has changed. What you see now is the newest."
        return Outcome(words, good=False, ids=[alert_id])
    if error.status == 409:
        return Outcome(f"Not possible any more: {text}.", good=False, ids=[alert_id])
    if error.status == 404:
        return Outcome("This alert is gone.", good=False, ids=[alert_id])
    if error.status == 403:
        return Outcome("Your role may look, and not decide.", good=False)
    return Outcome(text[:1].upper() + text[1:], good=False)


async def decide_many(ids: Sequence[str], wish: Wish) -> Outcome:
    """On the selected alerts; each has its own outcome, and the words count them."""
    body = {"action": wish.action, "ids": list(ids), **wish.body()}
    try:
        answer = await api().send("POST", "/alerts:bulk", body)
    except (Unavailable, ApiProblem) as error:
        return refused("", error)._replace(ids=())
    if "applied" not in (answer or {}):
        return Outcome(_LATER, good=True)
    return counted(wish, answer)


def counted(wish: Wish, answer: Mapping[str, Any]) -> Outcome:
    """ "7 acknowledged, 2 not: it is over"."""
    items = answer["items"]
    not_done = [item for item in items if item["status"] != "applied"]
    words = f"{answer['applied']}: {_DONE[wish.action].lower()}"
    if not_done:
        reasons = list(dict.fromkeys(shown_text(str(one["reason"]), 120) for one in not_done))
        words += f". {len(not_done)} not: {'; '.join(reasons[:_REASONS])}"
    ids = [item["id"] for item in items]
    return Outcome(words, good=not not_done, ids=ids)


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("alerts-decided", "data"),
    Output("alert-text", "value", allow_duplicate=True),
    Output("alert-owner", "value", allow_duplicate=True),
    Input({"type": "alert-act", "action": ALL}, "n_clicks"),
    State("alert-text", "value"),
    State("alert-owner", "value"),
    State("alerts-shown", "data"),
    State("me", "data"),
    # Not the buttons: Dash fails on a pattern whose callback is called as one of them goes.
    running=[(Output(name, "disabled"), True, False) for name in ("alert-acts", "alert-form")],
    prevent_initial_call=True,
)
async def act(
    clicks: list[int | None],
    text: str | None,
    owner: str | None,
    shown: dict[str, Any] | None,
    me: dict[str, Any] | None,
) -> tuple[Any, Any, Any, Any]:
    """A button of the drawer."""
    which = ctx.triggered_id
    # Buttons that are drawn anew call too, without a click.
    if not isinstance(which, dict) or not ctx.triggered[0]["value"] or not shown or not me:
        raise PreventUpdate
    action = which["action"]
    wish = wish_of(action, me, {"text": text, "owner": owner})
    if wish is None:
        words = "Type the comment first." if action == "comment" else "Type a name first."
        return {"words": words, "tone": "error"}, no_update, no_update, no_update
    outcome = await decide(shown["id"], shown.get("version"), wish)
    emptied = {"comment": ("", no_update), "assign": (no_update, "")}.get(action)
    kept = (no_update, no_update)
    return outcome.toast(), outcome.decided(), *((emptied if outcome.good else None) or kept)


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("alerts-decided", "data", allow_duplicate=True),
    Output("alerts", "selectedRows"),
    Input({"type": "alerts-bulk", "action": ALL}, "n_clicks"),
    State("alerts", "selectedRows"),
    State("me", "data"),
    running=[(Output("alerts-bulk-acts", "disabled"), True, False)],
    prevent_initial_call=True,
)
async def act_on_selected(
    clicks: list[int | None], rows: list[dict[str, Any]] | None, me: dict[str, Any] | None
) -> tuple[Any, Any, Any]:
    """A button of the bar that selected rows bring up."""
    which = ctx.triggered_id
    if not isinstance(which, dict) or not ctx.triggered[0]["value"] or not me:
        raise PreventUpdate
    if which["action"] == "clear" or not rows:
        return no_update, no_update, []
    wish = wish_of(which["action"], me, {})
    if wish is None:
        raise PreventUpdate
    outcome = await decide_many([row["id"] for row in rows], wish)
    return outcome.toast(), outcome.decided(), [] if outcome.ids else no_update


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("alerts-decided", "data", allow_duplicate=True),
    Input("alerts-act", "data"),
    State("me", "data"),
    prevent_initial_call=True,
)
async def act_on_row(
    asked: dict[str, Any] | None, me: dict[str, Any] | None
) -> tuple[dict[str, str], Any]:
    """A key on a row, or a thumb on a card."""
    if not asked or not me:
        raise PreventUpdate
    if not may_decide(me):
        return refused("", ApiProblem(403, "forbidden", "")).toast(), no_update
    wish = wish_of(str(asked["action"]), me, {})
    if wish is None:
        raise PreventUpdate
    outcome = await decide(str(asked["id"]), asked.get("version"), wish)
    return outcome.toast(), outcome.decided()
