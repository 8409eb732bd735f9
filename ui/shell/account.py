"""Who is signed in, in the corner and in the store `me`."""

from typing import Any

from dash import Input, Output, callback, html
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from ui.problems import ApiProblem
from ui.session import me_of
from ui.visit import api


@callback(
    Output("me", "data"),
    Output("user-initials", "children"),
    Output("user-name", "children"),
    Output("me-interval", "disabled"),
    Input("shell", "id"),
    Input("me-interval", "n_intervals"),
)
async def show_me(_: str, again: int | None = None) -> tuple[dict[str, Any] | None, str, Any, bool]:
    """Until it is known; pages read `me`: {id, username, name, role, preferences}."""
    me = await me_of(api())
    if me is None and again:
        raise PreventUpdate
    if me is None:
        return None, "?", "The API does not answer", False
    data = {"id": me.id, "username": me.username, "name": me.name, "role": me.role.value}
    words = [html.Strong(me.name or me.username), html.Div(f"{me.username} · {me.role.value}")]
    return {**data, "preferences": dict(me.preferences)}, me.initials, words, True


async def or_none(path: str, **params: Any) -> Any:
    """A GET whose failure leaves a corner of the shell empty, and nothing else."""
    try:
        return await api().get(path, **params)
    except (Unavailable, ApiProblem):
        return None
