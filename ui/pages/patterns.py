"""/patterns: what the logs say, counted; one of them in the drawer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    dcc,
    html,
    no_update,
    register_page,
)
from dash.exceptions import PreventUpdate

from schemas.errors import ForeshockError, InvalidEvent, Unavailable
from ui.address import period, stay_on
from ui.clocks import beat, busy, clockwork, resync
from ui.components.button import button
from ui.components.drawer import drawer
from ui.components.page import page, page_head
from ui.components.states import failed, skeleton
from ui.patterns import asking, opening
from ui.patterns.controls import controls
from ui.patterns.drawing import TICK_MS, answer_of, body_of, sum_words
from ui.patterns.rows import Sum, grid_rows
from ui.problems import ApiProblem

register_page(__name__, path="/patterns", name="Patterns", icon="patterns", order=20, key="p")

__all__ = ["layout", "opening"]

_MOST: Final = 1000  # rows whose numbers follow by themselves
# What each way to new rows answers with, in its order; all of it is written by one callback.
_SHOWN: Final = ("answer", "body", "sum", "more_hidden", "fresh_hidden", "trouble", "shown")
_MORE: Final = ("rows", "sum", "more_hidden", "shown")
_TICK: Final = ("rows", "sum", "answer", "fresh", "fresh_hidden", "trouble")


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
        dcc.Store(id="patterns-rows"),
        dcc.Store(id="patterns-asked"),
        dcc.Store(id="patterns-resync"),
        *clockwork("patterns-tick", TICK_MS),
    )


@callback(
    output={
        "answer": Output("patterns-answer", "children"),
        "body": Output("patterns-body", "children"),
        "sum": Output("patterns-sum", "children"),
        "more_hidden": Output("patterns-more", "hidden"),
        "fresh": Output("patterns-fresh", "children"),
        "fresh_hidden": Output("patterns-fresh", "hidden"),
        "trouble": Output("patterns-trouble", "children"),
        "rows": Output("patterns-rows", "data"),
        "shown": Output("patterns-shown", "data"),
    },
    inputs={
        "asked": Input("patterns-asked", "data"),
        "resync": resync("patterns-resync"),
        "ticks": beat("patterns-tick"),
        "clicks": Input("patterns-fresh", "n_clicks"),
        "more_clicks": Input("patterns-more", "n_clicks"),
    },
    state={
        "search": State("url", "search"),
        "shown": State("patterns-shown", "data"),
        "live": State("live-word", "children"),
        "path": State("url", "pathname"),
    },
    running=[busy("patterns-tick")],
)
async def follow(
    asked: str | None,
    resync: Any,
    ticks: int | None,
    clicks: int | None,
    more_clicks: int | None,
    search: str | None,
    shown: dict[str, Any] | None,
    live: str | None,
    path: str = asking.PATH,
) -> dict[str, Any]:
    """Every way to new rows in one callback: an answer to what was asked before the last change
    of the address is dropped by the browser, and never written over the rows of another filter.
    """
    stay_on(asking.PATH, path)
    if _is_shown(shown, _wish(search, clicks, resync)):
        if ctx.triggered_id == "patterns-more":
            return _written(_MORE, await more(more_clicks, search, shown))
        if ctx.triggered_id == "patterns-tick-beat":
            return _written(_TICK, await tick(ticks, search, shown, live))
    return _written(_SHOWN, await show(search, clicks, resync, shown))


def _written(names: Sequence[str], parts: Sequence[Any]) -> dict[str, Any]:
    """The parts by their names; the others stay as they are."""
    kept = dict.fromkeys({*_SHOWN, *_MORE, *_TICK}, no_update)
    return kept | dict(zip(names, parts, strict=True))


def _wish(search: str | None, clicks: int | None, resync: Any) -> dict[str, Any]:
    return {"key": asking.same_list(search), "clicks": clicks, "resync": resync}


def _is_shown(shown: dict[str, Any] | None, wish: dict[str, Any]) -> bool:
    """Whether this is what is shown, and there is something to see."""
    return bool(shown and shown["uids"] and {name: shown[name] for name in wish} == wish)


clientside_callback(
    ClientsideFunction("patterns", "asked"),
    Output("patterns-asked", "data"),
    Input("url", "search"),
    State("url", "pathname"),
    State("patterns-asked", "data"),
)
clientside_callback(ClientsideFunction("patterns", "changed"), Input("patterns-rows", "data"))


async def show(
    search: str | None, clicks: int | None, resync: Any, shown: dict[str, Any] | None
) -> tuple[Any, ...]:
    """The first page of the list; not again for what only opens a drawer, or a single event, but
    by itself while there is none.
    """
    asked = _wish(search, clicks, resync)
    if _is_shown(shown, asked):
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
