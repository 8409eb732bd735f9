"""The drawer of one pattern: opened by a row, drawn in two steps, as its lines take longer."""

import asyncio
from typing import Any

from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html
from dash.exceptions import PreventUpdate

from schemas.errors import ForeshockError, Unavailable
from ui.address import first, period, stay_on, with_params
from ui.components.drawer import drawer_content
from ui.components.severity import state
from ui.components.states import failed, skeleton
from ui.components.template import template
from ui.links import api_path
from ui.patterns import sheet
from ui.patterns.asking import PATH
from ui.patterns.rows import mark_of
from ui.problems import ApiProblem
from ui.visit import api


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("patterns-grid", "cellClicked"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def choose(clicked: dict[str, Any] | None, search: str | None) -> str:
    """A click on a row, or Enter, puts its uid into the address."""
    if not clicked or not clicked.get("rowId"):
        raise PreventUpdate
    return with_params(search, {"sel": str(clicked["rowId"])})


@callback(
    Output("patterns-drawer", "children"),
    Output("patterns-drawer", "hidden"),
    Input("url", "search"),
    State("url", "pathname"),
)
async def opened(search: str | None, here: str = PATH) -> tuple[Any, bool]:
    """The pattern that the address names."""
    stay_on(PATH, here)
    uid = first(search, "sel")
    if not uid:
        return [], True
    when = period(search)
    path = api_path("patterns", uid)
    try:
        row, series = await asyncio.gather(
            api().get(path, **when.params()), api().get(f"{path}/series", **when.params())
        )
    except (Unavailable, ApiProblem) as error:
        return drawer_content("Pattern", failed("The pattern", error)), False
    span = f"of the last {when.name}" if when.moving else "of the chosen time"
    mark = mark_of(row, all_new=False)
    link = with_params(search, {"range": None, **when.params()})
    body = drawer_content(
        template(row["template"]),
        sheet.section("Lines by time", sheet.course(series, **_ends(when)), span),
        sheet.said_of(row),
        html.Div(skeleton("var(--row)", 4), id="pattern-details", className="stack wide"),
        dcc.Store(id="pattern-asked", data={"uid": uid, "window": when.params()}),
        note=[*([state(mark), " "] if mark else []), html.Code(uid)],
        actions=sheet.actions(uid, f"/patterns{link}"),
    )
    return body, False


def _ends(when: Any) -> dict[str, str]:
    return {"start": when.start.isoformat(), "end": when.end.isoformat()}


@callback(Output("pattern-details", "children"), Input("pattern-asked", "data"))
async def details(asked: dict[str, Any] | None) -> list[Any]:
    """What has to be read out of the topic; each part fails by itself."""
    if not asked:
        raise PreventUpdate
    path, window = api_path("patterns", asked["uid"]), asked["window"]
    lines, values, places = await asyncio.gather(
        _or_error(f"{path}/samples"),
        _or_error(f"{path}/slots", **window),
        _or_error(f"{path}/series", by="host", **window),
    )
    parts = (
        ("Real lines", lines, sheet.samples, "the newest of each source"),
        ("Values of its variables", values, sheet.slots, ""),
        ("Hosts", places, sheet.hosts, ""),
    )
    return [
        sheet.section(title, failed(title, found), "")
        if isinstance(found, ForeshockError)
        else sheet.section(title, draw(found), note)
        for title, found, draw, note in parts
    ]


async def _or_error(path: str, **params: Any) -> Any:
    try:
        return await api().get(path, **params)
    except (Unavailable, ApiProblem) as error:
        return error


clientside_callback(ClientsideFunction("shell", "brushed"), Input("pattern-chart", "selectedData"))
