"""/patterns: what the logs say, counted; one of them in the drawer."""

from datetime import UTC, datetime
from typing import Any, Final

from dash import Input, Output, State, callback, dcc, html, no_update, register_page
from dash.exceptions import PreventUpdate

from schemas.errors import ForeshockError, InvalidEvent, Unavailable
from ui.address import period, stay_on
from ui.components.button import button
from ui.components.drawer import drawer
from ui.components.page import page, page_head
from ui.components.states import failed, skeleton
from ui.patterns import asking, opening
from ui.patterns.controls import controls
from ui.patterns.drawing import TICK_MS, answer_of, body_of, sum_words
from ui.patterns.rows import Sum, grid_rows
from ui.problems import ApiProblem
from ui.visit import resync_of

register_page(__name__, path="/patterns", name="Patterns", icon="patterns", order=20, key="p")

__all__ = ["layout", "opening"]

_MOST: Final = 1000  # rows whose numbers follow by themselves


def layout(search: str = "", **_: str) -> html.Div:
    """The controls as the address has them, and the skeleton."""
    return page(
        page_head(
            "Patterns",
            answer_id="patterns-answer",
            filters=[controls(search)],
            actions=[html.Span(id="patterns-tools", className="row")],
        ),
        html.Div(
            [
                html.Div(id="patterns-trouble", className="trouble"),
                html.Div(button("", id="patterns-fresh", hidden=True), className="pill-place"),
                html.Div(skeleton("62vh", panel=True), id="patterns-body"),
                html.Div(
                    [
                        html.P(id="patterns-sum", className="dim", role="status"),
                        button("Load more", id="patterns-more", hidden=True),
                    ],
                    className="row between wrap",
                ),
            ],
            className="stack",
        ),
        drawer("patterns-drawer"),
        dcc.Store(id="patterns-shown"),
        dcc.Interval(id="patterns-again", interval=TICK_MS),
    )


@callback(
    output=[
        Output("patterns-answer", "children"),
        Output("patterns-body", "children"),
        Output("patterns-sum", "children"),
        Output("patterns-more", "hidden"),
        Output("patterns-fresh", "hidden"),
        Output("patterns-trouble", "children"),
        Output("patterns-shown", "data"),
    ],
    inputs={
        "search": Input("url", "search"),
        "clicks": Input("patterns-fresh", "n_clicks"),
        "live": Input("live", "data"),
        "again": Input("patterns-again", "n_intervals"),
    },
    state={"shown": State("patterns-shown", "data"), "path": State("url", "pathname")},
)
async def show(
    search: str | None,
    clicks: int | None,
    live: dict[str, Any] | None,
    shown: dict[str, Any] | None,
    path: str = asking.PATH,
    again: int | None = None,
) -> tuple[Any, ...]:
    """The first page of the list; not again for what only opens a drawer, or a single event, but
    by itself while there is none.
    """
    stay_on(asking.PATH, path)
    asked = {"key": asking.same_list(search), "clicks": clicks, "resync": resync_of(live, shown)}
    if shown and shown["uids"] and {name: shown[name] for name in asked} == asked:
        raise PreventUpdate
    try:
        found = await asking.rows(search)
    except (InvalidEvent, Unavailable, ApiProblem) as error:
        return _failed(error, shown if shown and shown["key"] == asked["key"] else None)
    rows = grid_rows(found["items"], moving=period(search).moving)
    body = body_of(search, rows, asking.filter_in(search).sort)
    total = _sum(found["items"], found)
    state = _state(asked, found, [row["uid"] for row in rows], total.lines)
    answer = answer_of(search, found)
    return answer, body, sum_words(total), not found["next_cursor"], True, [], state


def _failed(error: ForeshockError, shown: dict[str, Any] | None) -> tuple[Any, ...]:
    """Why there is no list; above the last good one of the same filter, with its age."""
    if shown:
        since = datetime.fromisoformat(shown["at"])
        kept = (no_update,) * 5
        return *kept, failed("The patterns", error, last_good=since), no_update
    clear = html.A("Clear filters", href="/patterns", className="button")
    retry = clear if isinstance(error, InvalidEvent) else None
    return "", [], "", True, True, failed("The patterns", error, retry=retry), None


def _sum(rows: list[dict[str, Any]], found: dict[str, Any]) -> Sum:
    lines = sum(row["count"] for row in rows)
    return Sum(len(rows), lines, found["total"], found["total_lines"])


def _state(
    asked: dict[str, Any], found: dict[str, Any], uids: list[str], lines: int
) -> dict[str, Any]:
    """What is shown: to go on from there, and to know it again."""
    at = datetime.now(UTC).isoformat()
    return {**asked, "uids": uids, "lines": lines, "cursor": found["next_cursor"], "at": at}


@callback(
    Output("patterns-grid", "rowTransaction", allow_duplicate=True),
    Output("patterns-sum", "children", allow_duplicate=True),
    Output("patterns-more", "hidden", allow_duplicate=True),
    Output("patterns-shown", "data", allow_duplicate=True),
    Input("patterns-more", "n_clicks"),
    State("url", "search"),
    State("patterns-shown", "data"),
    prevent_initial_call=True,
)
async def more(
    clicks: int | None, search: str | None, shown: dict[str, Any] | None
) -> tuple[Any, ...]:
    """The next page below those that are there."""
    if not clicks or not shown or not shown["cursor"]:
        raise PreventUpdate
    found = await asking.rows(search, cursor=shown["cursor"])
    rows = grid_rows(found["items"], moving=period(search).moving)
    added = sum(row["count"] for row in found["items"])
    uids = [*shown["uids"], *(row["uid"] for row in rows)]
    lines = shown["lines"] + added
    words = sum_words(Sum(len(uids), lines, found["total"], found["total_lines"]))
    state = _state(shown, found, uids, lines)
    return {"add": rows}, words, not found["next_cursor"], state


@callback(
    Output("patterns-grid", "rowTransaction", allow_duplicate=True),
    Output("patterns-sum", "children", allow_duplicate=True),
    Output("patterns-answer", "children", allow_duplicate=True),
    Output("patterns-fresh", "children"),
    Output("patterns-fresh", "hidden", allow_duplicate=True),
    Output("patterns-trouble", "children", allow_duplicate=True),
    Input("patterns-tick", "n_intervals"),
    State("url", "search"),
    State("patterns-shown", "data"),
    State("live-word", "children"),
    prevent_initial_call=True,
)
async def tick(
    _: int | None, search: str | None, shown: dict[str, Any] | None, live: str | None
) -> tuple[Any, ...]:
    """Numbers follow where they stand; what is new waits behind a button, so no row moves."""
    known = shown and shown["key"] == asking.same_list(search) and len(shown["uids"]) <= _MOST
    if live == "Paused" or not shown or not known or not period(search).moving:
        raise PreventUpdate
    wanted = max(asking.PAGE, len(shown["uids"]))
    try:
        found = await asking.rows(search, limit=min(_MOST, wanted))
    except (Unavailable, ApiProblem) as error:
        since = datetime.fromisoformat(shown["at"])
        return *(no_update,) * 5, failed("The patterns", error, last_good=since)
    uids = set(shown["uids"])
    rows = [
        row for row in grid_rows(found["items"], moving=period(search).moving) if row["uid"] in uids
    ]
    fresh = len(found["items"]) - len(rows) if not shown["cursor"] else 0
    total = _sum([one for one in found["items"] if one["uid"] in uids], found)
    words = sum_words(total) if len(rows) == len(uids) else no_update
    label = f"{fresh} more {'pattern' if fresh == 1 else 'patterns'} · show"
    return {"update": rows}, words, answer_of(search, found), label, not fresh, []
