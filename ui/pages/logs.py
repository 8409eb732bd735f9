"""/logs: the lines themselves, the newest first; one of them among its neighbours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from dash import (
    ClientsideFunction,
    Input,
    Output,
    Patch,
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
from ui.components.page import page, page_head, panel
from ui.components.states import failed, skeleton
from ui.logs import asking, scan, sheet
from ui.logs.controls import controls, switches
from ui.logs.lines import chunk
from ui.logs.showing import (
    empty,
    state_of,
    tail_answer,
    tail_state,
    tools,
    waiting,
    with_newer,
    with_older,
)
from ui.problems import ApiProblem

register_page(__name__, path="/logs", name="Logs", icon="logs", order=30, key="l")

__all__ = ["layout", "sheet"]

_TICK_MS: Final = 2_000
_AGAIN_MS: Final = 10_000
# What each way to new lines answers with, in its order; all of it is written by one callback.
_SHOWN: Final = (
    *("answer", "lines", "foot", "older_hidden", "pill_hidden", "tick_stands"),
    *("trouble", "state"),
)
_OLDER: Final = ("lines", "answer", "foot", "older_hidden", "state")
_NEWER: Final = ("lines", "answer", "pill", "pill_hidden", "trouble", "state")


def layout(search: str = "", **_: str) -> html.Div:
    """The controls as the address has them, and the skeleton."""
    return page(
        page_head(
            "Logs", answer_id="logs-answer", filters=[controls(search)], actions=[switches()]
        ),
        html.Div(
            [
                html.Div(id="logs-pattern", className="trouble"),
                html.Div(id="logs-trouble", className="trouble"),
                html.Div(
                    button("", id="logs-pill", hidden=True, glyph="up"), className="pill-place"
                ),
                panel(
                    html.Div(skeleton("62vh"), id="logs-lines", className="log-lines"), flush=True
                ),
                html.Div(
                    [
                        html.P(id="logs-foot", className="dim", role="status"),
                        button("Load older", id="logs-older", hidden=True),
                    ],
                    className="row between wrap",
                ),
            ],
            className="stack",
        ),
        drawer("logs-drawer"),
        dcc.Store(id="logs-state"),
        dcc.Store(id="logs-held", data=False),
        dcc.Store(id="logs-asked"),
        dcc.Store(id="logs-resync"),
        *clockwork("logs-tick", _TICK_MS, disabled=True),
        *clockwork("logs-again", _AGAIN_MS, disabled=True),
    )


@callback(
    output={
        "answer": Output("logs-answer", "children"),
        "lines": Output("logs-lines", "children"),
        "foot": Output("logs-foot", "children"),
        "older_hidden": Output("logs-older", "hidden"),
        "pill": Output("logs-pill", "children"),
        "pill_hidden": Output("logs-pill", "hidden"),
        "tick_stands": Output("logs-tick", "disabled"),
        "again_stands": Output("logs-again", "disabled"),
        "trouble": Output("logs-trouble", "children"),
        "state": Output("logs-state", "data"),
    },
    inputs={
        "asked": Input("logs-asked", "data"),
        "resync": resync("logs-resync"),
        "again": beat("logs-again"),
        "ticks": beat("logs-tick"),
        "held": Input("logs-held", "data"),
        "clicks": Input("logs-older", "n_clicks"),
    },
    state={
        "search": State("url", "search"),
        "state": State("logs-state", "data"),
        "live": State("live-word", "children"),
        "path": State("url", "pathname"),
    },
    running=[busy("logs-tick"), busy("logs-again")],
)
async def follow(
    asked: str | None,
    resync: Any,
    again: int | None,
    ticks: int | None,
    held: bool | None,
    clicks: int | None,
    search: str | None,
    state: dict[str, Any] | None,
    live: str | None,
    path: str = asking.PATH,
) -> dict[str, Any]:
    """Every way to new lines in one callback: an answer to what was asked before the last change
    of the address is dropped by the browser, and never written over the lines of another filter.
    """
    stay_on(asking.PATH, path)
    by = ctx.triggered_id
    if state and state["key"] == asking.same_lines(search):
        if by == "logs-older":
            return _written(_OLDER, await older(clicks, search, state))
        if by in ("logs-tick-beat", "logs-held"):
            return _written(_NEWER, await tick(ticks, held, search, state, live))
    found = _written(_SHOWN, await show(search, resync, state))
    return {**found, "again_stands": isinstance(found["state"], dict)}


def _written(names: Sequence[str], parts: Sequence[Any]) -> dict[str, Any]:
    """The parts by their names; the others stay as they are."""
    kept = dict.fromkeys({*_SHOWN, *_NEWER, "again_stands"}, no_update)
    return kept | dict(zip(names, parts, strict=True))


clientside_callback(
    ClientsideFunction("logs", "asked"),
    Output("logs-asked", "data"),
    Input("url", "search"),
    State("url", "pathname"),
    State("logs-asked", "data"),
)


async def show(search: str | None, resync: Any, state: dict[str, Any] | None) -> tuple[Any, ...]:
    """The first page, or the beginning of a tail; not again for what only opens the drawer."""
    tails = asking.tails(search)
    asked = {"key": asking.same_lines(search), "resync": None if tails else resync}
    if state and {name: state[name] for name in asked} == asked:
        raise PreventUpdate
    try:
        if tails:
            return _begin(asked, await asking.newest(search))
        found = await asking.page(search)
    except (InvalidEvent, Unavailable, ApiProblem) as error:
        return _failed(error, state if state and state["key"] == asked["key"] else None)
    when = period(search)
    state = state_of(asked, found, when)
    lines = [chunk(found["items"])] if found["items"] else [empty(search, found["scanned"])]
    foot = scan.reached(found["scanned"], when, state["looked"])
    answer = scan.answer(len(found["items"]), found, when)
    return answer, lines, foot, not found["next_cursor"], True, True, [], state


def _begin(asked: dict[str, Any], found: dict[str, Any]) -> tuple[Any, ...]:
    state = tail_state(asked, found)
    lines = [chunk(found["items"])] if found["items"] else [waiting()]
    answer = tail_answer(state["sizes"], 0)
    words = "Live tail: the time range is not used. Scrolling down holds it."
    return answer, lines, words, True, True, False, [], state


def _failed(error: ForeshockError, state: dict[str, Any] | None) -> tuple[Any, ...]:
    """Why there are no lines; above the last good ones of the same address, with their age."""
    if state:
        since = datetime.fromisoformat(state["at"])
        return *(no_update,) * 6, failed("The lines", error, last_good=since), no_update
    clear = html.A("Clear filters", href="/logs", className="button")
    retry = clear if isinstance(error, InvalidEvent) else None
    return "", [], "", True, True, True, failed("The lines", error, retry=retry), None


@callback(
    Output("logs-tools", "children"),
    Input("logs-state", "data"),
    Input("url", "search"),
    State("url", "pathname"),
)
async def exits(
    state: dict[str, Any] | None, search: str | None, path: str = asking.PATH
) -> list[Any]:
    """CSV and link of what is shown."""
    stay_on(asking.PATH, path)
    return tools(search, state) if state else []


async def older(
    clicks: int | None, search: str | None, state: dict[str, Any] | None
) -> tuple[Any, ...]:
    """The next page below those that are there."""
    if not clicks or not state or not state.get("cursor"):
        raise PreventUpdate
    found = await asking.page(search, state["cursor"])
    had = sum(state["sizes"])
    state, when = with_older(state, found), period(search)
    lines: Any = no_update
    if had and found["items"]:
        lines = Patch()
        lines.append(chunk(found["items"]))
    elif not had:
        lines = [chunk(found["items"])] if found["items"] else [empty(search, found["scanned"])]
    answer = scan.answer(sum(state["sizes"]), found, when)
    foot = scan.reached(found["scanned"], when, state["looked"])
    return lines, answer, foot, not found["next_cursor"], state


async def tick(
    _: int | None,
    held: bool | None,
    search: str | None,
    state: dict[str, Any] | None,
    live: str | None,
) -> tuple[Any, ...]:
    """What has come since, on top; while somebody reads further down, only how much it is."""
    known = state and state.get("after") and state["key"] == asking.same_lines(search)
    if not state or not known or not asking.tails(search) or live == "Paused":
        raise PreventUpdate
    try:
        found = await asking.newest(search, state["after"])
    except (Unavailable, ApiProblem) as error:
        since = datetime.fromisoformat(state["at"])
        return *(no_update,) * 4, failed("New lines", error, last_good=since), no_update
    count = len(found["items"])
    if held and count:
        paused = tail_answer(state["sizes"], found["skipped"], paused=True)
        return no_update, paused, f"{count:,} new", False, [], no_update
    if not count:
        return no_update, no_update, no_update, True, [], {**state, "after": found["after"]}
    had = sum(state["sizes"])
    state, gone = with_newer(state, found)
    answer = tail_answer(state["sizes"], found["skipped"])
    if not had:
        return [chunk(found["items"])], answer, "", True, [], state
    lines = Patch()
    lines.prepend(chunk(found["items"]))
    for at in range(gone):
        del lines[len(state["sizes"]) + gone - 1 - at]
    return lines, answer, "", True, [], state
