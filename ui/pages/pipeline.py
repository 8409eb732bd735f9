"""/pipeline: where the data is, whether the books balance, and what could not be used."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dash import (
    ALL,
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

from schemas.errors import InvalidEvent, Unavailable
from ui.address import first, stay_on, with_params
from ui.clocks import beat, busy, clockwork
from ui.components.attributes import hyphened
from ui.components.button import find_input
from ui.components.drawer import drawer, drawer_content
from ui.components.page import page, page_head, panel
from ui.components.states import failed, skeleton
from ui.components.times import parsed
from ui.pipeline import books, deeds, flow, letters, standing, topics
from ui.problems import ApiProblem
from ui.visit import api, role_of

register_page(__name__, path="/pipeline", name="Pipeline", icon="pipeline", order=70, key="u")

TABS: Final = {"ledger": "Ledger", "letters": "Dead letters", "topics": "Topics"}
_PATH: Final = "/pipeline"
_TICK_MS: Final = 5000
_FLOW_HEIGHT: Final = "calc(var(--row) * 12)"
_BROKEN: Final = (InvalidEvent, Unavailable, ApiProblem)


def layout(search: str = "", **_: str) -> html.Div:
    """The skeleton; the drawing is fed by a clock, the part below it by the address."""
    sheet = html.Dialog(
        html.Div(id="pipeline-sheet-body"),
        id=letters.SHEET,
        className="sheet",
        **hyphened({"aria-label": "Dead letters"}),
    )
    return page(
        page_head("Pipeline", answer_id="pipeline-answer"),
        html.Div(id="pipeline-notice", className="bare"),
        html.Div(skeleton(_FLOW_HEIGHT, panel=True), id="pipeline-flow"),
        html.Nav(id="pipeline-tabs", className="tabs", **hyphened({"aria-label": "Parts"})),
        html.Div(id="pipeline-tools", className="row wrap tools"),
        html.Div(skeleton("calc(var(--row) * 12)", panel=True), id="pipeline-body"),
        *clockwork("pipeline-tick", _TICK_MS),
        *clockwork("pipeline-again", _TICK_MS),
        dcc.Store(id="pipeline-figures"),
        dcc.Store(id="pipeline-good"),
        dcc.Store(id="pipeline-changed"),
        dcc.Store(id="pipeline-shown"),
        dcc.Store(id="pipeline-chosen", data=[]),
        dcc.Store(id="pipeline-choice"),
        sheet,
        drawer("pipeline-drawer"),
    )


@callback(
    Output("pipeline-answer", "children"),
    Output("pipeline-notice", "children"),
    Output("pipeline-flow", "children"),
    Output("pipeline-good", "data"),
    Output("pipeline-figures", "data"),
    Input("url", "search"),
    beat("pipeline-tick"),
    Input("pipeline-changed", "data"),
    State("pipeline-good", "data"),
    State("live-button", "data-state"),
    State("url", "pathname"),
    running=[busy("pipeline-tick")],
)
async def show_flow(
    search: str,
    _ticks: int | None,
    _changed: Any,
    good: str | None,
    live: str | None,
    path: str = _PATH,
) -> tuple[Any, Any, Any, Any, Any]:
    """The drawing, and the figures of the part below it; when the API does not answer the last one
    stays, with its age.
    """
    stay_on(_PATH, path)
    if live == "paused" and good and ctx.triggered_id == "pipeline-tick-beat":
        raise PreventUpdate
    try:
        found = await standing.look()
    except _BROKEN as error:
        last = parsed(good) if good else None
        told = failed("The pipeline", error, last_good=last)
        shown = no_update if good else ""
        return shown, told, shown, no_update, no_update
    names = [str(one["stage"]) for one in found.stages]
    links = {name: f"/pipeline{with_params(search, {'sel': f'stage.{name}'})}" for name in names}
    links |= {"sources": "/integrations-admin", "dead-letters": "/pipeline?tab=letters"}
    drawn = panel(flow.flow(found.stages, found.senders, links), title="The way of the data")
    words = flow.answer(found.stages, found.ledger)
    return words, "", drawn, datetime.now(UTC).isoformat(), _figures(search, found)


def _figures(search: str, found: standing.Standing) -> Any:
    """What was asked for the drawing and is shown in the open part, too."""
    wanted = first(search, "q")
    if _tab(search) == "ledger" and found.ledger:
        rows = books.rows_of(found.ledger, wanted)[: books.MOST]
        return {"q": wanted, "rows": rows, "sums": books.sums(found.ledger)}
    if _tab(search) == "topics" and found.topics:
        return {"topics": topics.drawn(found.topics)}
    return no_update


@callback(
    Output("pipeline-tabs", "children"),
    Output("pipeline-tools", "children"),
    Input("url", "search"),
    Input("me", "data"),
    State("url", "pathname"),
)
async def show_tools(
    search: str, me: Mapping[str, Any] | None, path: str = _PATH
) -> tuple[list[Any], list[Any]]:
    """The tabs, and what finds and acts in the one that is open."""
    stay_on(_PATH, path)
    open_tab = _tab(search)
    tabs = [
        html.A(
            title,
            href=f"/pipeline?tab={name}",
            **hyphened({"aria-current": "page"} if name == open_tab else {}),
        )
        for name, title in TABS.items()
    ]
    if open_tab == "topics":
        return tabs, []
    holds = "Part of a source's name" if open_tab == "ledger" else "In reason or detail"
    find = find_input("pipeline-q", holds, first(search, "q"))
    if open_tab == "ledger":
        return tabs, [find]
    try:
        chips = letters.chips(search)
    except InvalidEvent:
        return tabs, [find]  # what is wrong is said below
    return tabs, [find, *chips, html.Span(className="grow"), *letters.tools(role_of(me))]


@callback(
    output=[
        Output("pipeline-body", "children"),
        Output("pipeline-chosen", "data", allow_duplicate=True),
        Output("pipeline-shown", "data"),
    ],
    inputs={
        "search": Input("url", "search"),
        "changed": Input("pipeline-changed", "data"),
        "again": beat("pipeline-again"),
    },
    state={"shown": State("pipeline-shown", "data"), "path": State("url", "pathname")},
    running=[busy("pipeline-again")],
    prevent_initial_call="initial_duplicate",
)
async def show_body(
    search: str,
    changed: Any,
    shown: list[Any] | None,
    path: str = _PATH,
    again: int | None = None,
) -> tuple[Any, Any, Any]:
    """The part that the address names; not again when only the drawer was opened, but by itself
    while there is nothing to see.
    """
    stay_on(_PATH, path)
    open_tab = _tab(search)
    asked = [open_tab, with_params(search, {"sel": None}), changed]
    if shown == asked:
        raise PreventUpdate
    try:
        if open_tab == "ledger":
            ledger = await api().get("/pipeline/ledger")
            body: Any = books.part(ledger, first(search, "q"))
            has_begun = bool(books.rows_of(ledger))
        elif open_tab == "topics":
            body, has_begun = topics.part((await api().get("/pipeline/topics"))["items"]), True
        else:
            body, has_begun = await letters.part(search), True
    except _BROKEN as error:
        return failed(TABS[open_tab], error), [], None
    return body, [], asked if has_begun else None


# What it writes to is there only while its part is open, so none of it is an output.
clientside_callback(ClientsideFunction("pipeline", "followed"), Input("pipeline-figures", "data"))


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("pipeline-q", "value"),
    Input({"type": "letter-filter", "name": ALL}, "n_clicks"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def narrow(q: str | None, clicks: list[int | None], search: str) -> str:
    """What is typed goes into the address, a chip that is pressed out of it."""
    which = ctx.triggered_id
    if isinstance(which, dict):
        if not any(clicks):
            raise PreventUpdate
        return letters.without(search, str(which["name"]))
    if (q or "").strip() == first(search, "q"):
        raise PreventUpdate
    return with_params(search, {"q": (q or "").strip(), "cursor": None})


@callback(
    Output("pipeline-chosen", "data"),
    Input("pipeline-letters", "selectedRows"),
    prevent_initial_call=True,
)
async def choose(rows: list[dict[str, Any]] | None) -> list[str]:
    """Which letters are ticked."""
    return [str(row["id"]) for row in rows or []]


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("pipeline-letters", "cellClicked"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def open_letter(clicked: dict[str, Any] | None, search: str) -> str:
    """A row opens the drawer; its tick box does not."""
    if not clicked or str(clicked.get("colId", "")).startswith("ag-Grid"):
        raise PreventUpdate
    return with_params(search, {"sel": str(clicked["rowId"])})


@callback(
    Output("pipeline-drawer", "children"),
    Output("pipeline-drawer", "hidden"),
    Input("url", "search"),
    Input("pipeline-changed", "data"),
    Input("me", "data"),
    State("url", "pathname"),
)
async def show_drawer(
    search: str, _changed: Any, me: Mapping[str, Any] | None, path: str = _PATH
) -> tuple[Any, bool]:
    """A stage with its workers, or a dead letter."""
    stay_on(_PATH, path)
    sel = first(search, "sel")
    if not sel:
        return [], True
    try:
        if sel.startswith("stage."):
            return await standing.stage_details(sel.removeprefix("stage.")), False
        return await letters.details(sel, role_of(me)), False
    except _BROKEN as error:
        return drawer_content("Details", failed("This", error)), False


@callback(
    Output("pipeline-sheet-body", "children"),
    Output("pipeline-choice", "data"),
    Input({"type": "letter-deed", "deed": ALL, "on": ALL}, "n_clicks"),
    State("pipeline-chosen", "data"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def ask(clicks: list[int | None], chosen: list[str], search: str) -> tuple[Any, Any]:
    """What would happen, before it happens."""
    which = ctx.triggered_id
    # Buttons that are drawn anew call too, without a click.
    if not isinstance(which, dict) or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    try:
        wanted = letters.filter_in(search)
    except InvalidEvent as error:
        return deeds.sheet("This did not work", failed("The filter", error)), None
    choice = deeds.choice_of(str(which["deed"]), str(which["on"]), chosen or [], wanted)
    return deeds.question(choice), choice


# Only then: a sheet that opened at once would show the question before, and do what that said. And
# not for what became of it: who has closed the sheet meanwhile would get it back.
clientside_callback(
    ClientsideFunction("pipeline", "asked"),
    Input("pipeline-choice", "data"),
    prevent_initial_call=True,
)


@callback(
    Output("pipeline-sheet-body", "children", allow_duplicate=True),
    Output("pipeline-changed", "data"),
    Input({"type": "letter-go", "deed": ALL}, "n_clicks"),
    State("pipeline-choice", "data"),
    running=[(Output({"type": "letter-go", "deed": ALL}, "disabled"), True, False)],
    prevent_initial_call=True,
)
async def go(clicks: list[int | None], choice: Mapping[str, Any] | None) -> tuple[Any, Any]:
    """Does it; what became of each letter stands where the question stood.

    The page asks again even when it failed: some of it may have been done before, or without an
    answer.
    """
    if not any(clicks) or not choice:
        raise PreventUpdate
    return deeds.outcome(await deeds.act(choice)), datetime.now(UTC).isoformat()


def _tab(search: str) -> str:
    wanted = first(search, "tab", "ledger")
    return wanted if wanted in TABS else "ledger"
