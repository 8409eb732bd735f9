"""/integrations-admin: what sends, and how something more is connected."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import dash_mantine_components as dmc
from dash import (
    ALL,
    MATCH,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    get_app,
    html,
    no_update,
    register_page,
)
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from schemas.roles import Permission, may
from ui.address import first, stay_on, with_params
from ui.clocks import beat, busy, clockwork
from ui.components.attributes import hyphened
from ui.components.button import find_input
from ui.components.drawer import drawer, drawer_content
from ui.components.page import page, page_head
from ui.components.states import failed, skeleton
from ui.components.times import parsed
from ui.integrations import sending, sources, testing
from ui.integrations.recipes import RECIPES, address, wish_of
from ui.problems import ApiProblem
from ui.settings.part import tried
from ui.visit import api, role_of, visit

register_page(
    __name__,
    path="/integrations-admin",
    name="Integrations",
    icon="integrations",
    order=80,
    key="i",
)

_PATH: Final = "/integrations-admin"
_BROKEN: Final = (Unavailable, ApiProblem)


def layout(search: str = "", **_: str) -> html.Div:
    """The skeleton: a place for files, what sends, recipes."""
    kinds = [{"value": kind, "label": f"Only {kind}"} for kind in sources.KINDS]
    filters = [
        find_input("integrations-q", "Part of a source's name", first(search, "q")),
        dmc.Select(
            id="integrations-kind",
            data=[{"value": "", "label": "Lines and points"}, *kinds],
            value=first(search, "kind"),
            allowDeselect=False,
            w=170,
            **hyphened({"aria-label": "Kind"}),
        ),
        dmc.Select(
            id="integrations-sort",
            data=[{"value": name, "label": words} for name, words in sources.SORTS.items()],
            value=first(search, "sort"),
            allowDeselect=False,
            w=180,
            **hyphened({"aria-label": "Order"}),
        ),
        dmc.Checkbox(
            id="integrations-silent",
            label="Silent ones",
            checked=first(search, "silent") == "true",
        ),
    ]
    return page(
        page_head("Integrations", answer_id="integrations-answer"),
        html.Div(id="integrations-drop", className="bare"),
        html.Div(filters, className="row wrap tools"),
        html.Div(id="integrations-notice", className="bare"),
        html.Div(skeleton("calc(var(--row) * 13)", panel=True), id="integrations-body"),
        sending.recipes_panel(),
        dcc.Store(id="integrations-good"),
        dcc.Store(id="integrations-key"),
        *clockwork("integrations-again", sources.TICK_MS),
        drawer("integrations-drawer"),
    )


@callback(
    output=[
        Output("integrations-answer", "children"),
        Output("integrations-notice", "children"),
        Output("integrations-body", "children"),
        Output("integrations-good", "data"),
    ],
    inputs={
        "search": Input("url", "search"),
        "again": beat("integrations-again"),
    },
    state={"good": State("integrations-good", "data"), "path": State("url", "pathname")},
    running=[busy("integrations-again")],
)
async def show(
    search: str, good: Mapping[str, Any] | None, path: str = _PATH, again: int | None = None
) -> tuple[Any, Any, Any, Any]:
    """What sends, as the address asks for it; not again when only the drawer was opened, but by
    itself while there is nothing to see.
    """
    stay_on(_PATH, path)
    asked = sources.query_of(search)
    if good and good["asked"] == asked:
        raise PreventUpdate
    try:
        found, silent = await _look(search)
    except _BROKEN as error:
        return "", failed("The sources", error), "", None
    body = sources.part(found, search)
    drawn = {"asked": asked, "at": _now()} if found["items"] else None
    return sources.answer(found, silent), "", body, drawn


@callback(
    Output("integrations-came", "data"),
    beat("integrations-tick"),
    State("url", "search"),
    State("integrations-good", "data"),
    State("live-button", "data-state"),
    running=[busy("integrations-tick")],
    prevent_initial_call=True,
)
async def follow(
    _: int | None, search: str, good: Mapping[str, Any] | None, live: str | None
) -> dict[str, Any]:
    """New figures in the same rows; what failed stands above the last good ones."""
    if live == "paused":
        raise PreventUpdate
    try:
        found, silent = await _look(search)
    except _BROKEN as error:
        last = parsed(str(good["at"])) if good else None
        told = failed("The sources", error, last_good=last)
        return {"search": search, "rows": None, "beside": [None, told, None, None]}
    kept = {"asked": sources.query_of(search), "at": _now()}
    beside = [sources.answer(found, silent), "", kept, sources.count_of(found)]
    return {"search": search, "rows": sources.rows_of(found["items"]), "beside": beside}


clientside_callback(
    ClientsideFunction("rows", "arrived"),
    Output("integrations-sources", "rowData"),
    Output("integrations-answer", "children", allow_duplicate=True),
    Output("integrations-notice", "children", allow_duplicate=True),
    Output("integrations-good", "data", allow_duplicate=True),
    Output("integrations-count", "children"),
    Input("integrations-came", "data"),
    State("url", "search"),
    prevent_initial_call=True,
)


async def _look(search: str) -> tuple[Mapping[str, Any], int]:
    """A page of sources, and how many that fit are silent. Raises Unavailable, ApiProblem."""
    asked = sources.query_of(search)
    narrowed = {name: asked[name] for name in ("q", "kind") if name in asked}
    found, silent = await asyncio.gather(
        api().get("/sources", **asked),
        api().get("/sources", **narrowed, silent="true", limit=1),
    )
    return found, int(silent.get("total") or len(silent["items"]))


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("integrations-q", "value"),
    Input("integrations-kind", "value"),
    Input("integrations-sort", "value"),
    Input("integrations-silent", "checked"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def narrow(
    q: str | None, kind: str | None, sort: str | None, silent: Any, search: str
) -> str:
    """What is chosen goes into the address."""
    wanted = {
        "q": (q or "").strip(),
        "kind": kind or "",
        "sort": sort or "",
        "silent": "true" if silent else "",
    }
    if all(first(search, name) == value for name, value in wanted.items()):
        raise PreventUpdate
    return with_params(search, {**wanted, "cursor": None})


@callback(
    Output("integrations-q", "value"),
    Output("integrations-kind", "value"),
    Output("integrations-sort", "value"),
    Output("integrations-silent", "checked"),
    Input("url", "search"),
    State("url", "pathname"),
)
async def tell(search: str, path: str = _PATH) -> tuple[str, str, str, bool]:
    """The controls say what the address says, also after going back."""
    stay_on(_PATH, path)
    q, kind, sort = (first(search, name) for name in ("q", "kind", "sort"))
    return q, kind, sort, first(search, "silent") == "true"


@callback(Output("integrations-drop", "children"), Input("me", "data"))
async def show_drop(me: Mapping[str, Any] | None) -> Any:
    """A place for files, for who may send some."""
    return sending.drop() if may(role_of(me), Permission.WRITE_SOURCES) else ""


clientside_callback(ClientsideFunction("drop", "shown"), Input("integrations-drop", "children"))


@callback(
    Output("recipe-tabs", "children"),
    Output("recipe-text", "children"),
    Output("recipe-keying", "hidden"),
    Input("url", "search"),
    Input("me", "data"),
    Input("recipe-source", "value"),
    Input("integrations-key", "data"),
    State("url", "pathname"),
)
async def write(
    search: str,
    me: Mapping[str, Any] | None,
    source: str | None,
    made: Mapping[str, Any] | None,
    path: str = _PATH,
) -> tuple[Any, Any, bool]:
    """The recipe for what is typed; a key is in it only where it was made for that."""
    stay_on(_PATH, path)
    chosen = _recipe(search)
    endpoint = RECIPES[chosen].endpoint
    public, ui_url = get_app().server.state.told
    place = sending.placed(address(public, ui_url, visit().api_url), source, None)
    if made and endpoint and made["source"] == place.source and made["endpoint"] == endpoint:
        place = place._replace(key=str(made["key"]))
    may_make = bool(endpoint) and may(role_of(me), Permission.WRITE_KEYS)
    return sending.tabs(chosen, search), sending.recipe(chosen, place), not may_make


@callback(
    Output("toast", "data", allow_duplicate=True),
    Output("recipe-made", "children"),
    Output("integrations-key", "data"),
    Input("recipe-make", "n_clicks"),
    State("recipe-source", "value"),
    State("recipe-name", "value"),
    State("url", "search"),
    running=[(Output("recipe-make", "disabled"), True, False)],
    prevent_initial_call=True,
)
async def make(
    clicks: int | None, source: str | None, name: str | None, search: str
) -> tuple[Any, Any, Any]:
    """A key for this source and this recipe alone; it stays in this page until it is left."""
    if not clicks:
        raise PreventUpdate
    recipe = RECIPES[_recipe(search)]
    place = sending.placed("", source, None)
    toast, _, made = await tried(
        "Key made", "POST", "/keys", wish_of(name or "", place.source, recipe)
    )
    if not made:
        return toast, no_update, no_update
    kept = {"source": place.source, "endpoint": recipe.endpoint, "key": made["key"]}
    return toast, sending.shown_once(made), kept


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("integrations-sources", "cellClicked"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def open_source(clicked: dict[str, Any] | None, search: str) -> str:
    """A row opens the drawer."""
    if not clicked:
        raise PreventUpdate
    return with_params(search, {"sel": str(clicked["rowId"]).partition("/")[2]})


@callback(
    Output("integrations-drawer", "children"),
    Output("integrations-drawer", "hidden"),
    Input("url", "search"),
    Input("me", "data"),
    State("url", "pathname"),
)
async def show_drawer(
    search: str, me: Mapping[str, Any] | None, path: str = _PATH
) -> tuple[Any, bool]:
    """One source."""
    stay_on(_PATH, path)
    name = first(search, "sel")
    if not name:
        return [], True
    try:
        return await sources.details(name, role_of(me)), False
    except _BROKEN as error:
        return drawer_content("Source", failed("This source", error)), False


@callback(
    Output({"type": "source-tested", "source": MATCH}, "children"),
    Input({"type": "source-test", "source": MATCH}, "n_clicks"),
    State({"type": "source-test", "source": MATCH}, "id"),
    running=[(Output({"type": "source-test", "source": ALL}, "disabled"), True, False)],
    prevent_initial_call=True,
)
async def test(clicks: int | None, id: Mapping[str, str]) -> list[Any]:
    """One marked line, looked for until it is there; told in the drawer of its source alone."""
    if not clicks:
        raise PreventUpdate
    try:
        return await testing.run(id["source"])
    except _BROKEN as error:
        return [failed("The test", error)]


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _recipe(search: str) -> str:
    wanted = first(search, "recipe", "curl")
    return wanted if wanted in RECIPES else "curl"
