"""/fleet: every host by how it does, and one of them closer."""

from datetime import UTC, datetime
from typing import Any, Final

import dash_mantine_components as dmc
from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    html,
    no_update,
    register_page,
)
from dash.exceptions import PreventUpdate

from schemas.errors import InvalidEvent, Unavailable
from ui.address import first, period, stay_on, with_params
from ui.clocks import beat, busy, clockwork, news
from ui.components.drawer import drawer, drawer_content
from ui.components.grid import column, grid, grid_style
from ui.components.page import page, page_head
from ui.components.states import failed, skeleton
from ui.components.times import parsed
from ui.fleet.asking import asked
from ui.fleet.detail import drawer_of
from ui.fleet.reading import fleet, host
from ui.fleet.showing import answer, chips, more, nothing, options, rows_of, tiles
from ui.links import params
from ui.problems import ApiProblem

register_page(__name__, path="/fleet", name="Fleet", icon="fleet", order=50, key="f")

_PATH: Final = "/fleet"
_TICK_MS: Final = 10_000
_SORTS: Final = {"cpu": "cpu_usage", "memory": "memory_used_percent", "disk": "disk_used_percent"}
PARTS: Final = (
    *("answer", "chips", "state", "hidden", "tiles", "rows", "style", "more"),
    *("sources", "source", "services", "service", "find", "shown"),
)
_FIELDS: Final = {sort: field for field, sort in _SORTS.items()}


def layout(search: str = "", **_: str) -> html.Div:
    """The skeleton, and what the callbacks fill."""
    return page(
        page_head(
            "Fleet",
            answer_id="fleet-answer",
            filters=[html.Div(id="fleet-chips", className="row wrap")],
        ),
        _filters(search),
        html.Div(id="fleet-tiles"),
        html.Div(skeleton("var(--list)", panel=True), id="fleet-state"),
        html.Div(
            [html.Section(_grid(search), className="panel flush"), html.Div(id="fleet-more")],
            id="fleet-work",
            hidden=True,
        ),
        drawer("fleet-drawer"),
        dcc.Store(id="fleet-shown"),
        dcc.Store(id="fleet-again"),
        dcc.Store(id="fleet-rows"),
        *clockwork("fleet-tick", _TICK_MS),
    )


def _filters(search: str) -> html.Div:
    find = dcc.Input(
        id="fleet-find",
        type="search",
        className="input",
        placeholder="Find a host or a service",
        value=first(search, "q"),
        debounce=0.3,
        autoComplete="off",
        name="find-host",
    )
    return html.Div(
        [find, _choice("fleet-source", "Any source"), _choice("fleet-service", "Any service")],
        className="fleet-filters",
    )


def _choice(id: str, words: str) -> dmc.Select:
    return dmc.Select(id=id, data=[], placeholder=words, searchable=True, clearable=True, limit=100)


def _grid(search: str) -> html.Div:
    sort = first(search, "sort")
    columns = [
        column("state", "State", "health", width=120),
        column("host", "Host", "host", flex=2, width=170),
        column("firing", "Alerts", "number", width=84),
        column("cpu", "CPU", "share", width=118),
        column("memory", "Memory", "share", width=118),
        column("disk", "Disk", "share", width=118),
        column("last_seen", "Last seen", "ago", width=110),
        column("services", "Services", flex=2, width=120, sortable=False),
        column("sources", "Sources", flex=2, width=120, sortable=False),
    ]
    for one in columns:
        if _SORTS.get(one["field"], one["field"]) == sort.removeprefix("-") != "":
            one["sort"] = "desc" if sort.startswith("-") else "asc"
    return grid(
        "fleet-grid",
        columns,
        row_id="host",
        title_field="host",
        card_fields=("state", "cpu", "last_seen"),
        height="var(--list)",
        label="Hosts",
        server_sorted=True,
    )


@callback(
    output={
        "answer": Output("fleet-answer", "children"),
        "chips": Output("fleet-chips", "children"),
        "state": Output("fleet-state", "children"),
        "hidden": Output("fleet-work", "hidden"),
        "tiles": Output("fleet-tiles", "children"),
        "rows": Output("fleet-rows", "data"),
        "style": Output("fleet-grid", "style"),
        "more": Output("fleet-more", "children"),
        "sources": Output("fleet-source", "data"),
        "source": Output("fleet-source", "value"),
        "services": Output("fleet-service", "data"),
        "service": Output("fleet-service", "value"),
        "find": Output("fleet-find", "value"),
        "shown": Output("fleet-shown", "data"),
    },
    inputs={"search": Input("url", "search"), "again": Input("fleet-again", "data")},
    state={
        "before": State("fleet-shown", "data"),
        "typed": State("fleet-find", "value"),
        "path": State("url", "pathname"),
    },
    running=[busy("fleet-tick")],
)
async def show(
    search: str | None,
    again: Any = None,
    before: dict[str, Any] | None = None,
    typed: str | None = None,
    path: str = _PATH,
) -> dict[str, Any]:
    """All rows, from the URL and the API; what was there stays when the API does not answer."""
    stay_on(_PATH, path)
    text = search or ""
    cursor, query = first(text, "cursor"), with_params(text, {"sel": None})
    try:
        filter_ = asked(text)
        found = await fleet(filter_, cursor or None)
    except (InvalidEvent, Unavailable, ApiProblem) as error:
        return _failed(error, before, query)
    chosen = {name: first_of(filter_.values(name)) for name in ("source", "service")}
    moved = before is None or before["query"] != query
    kept = {name for name, one in chosen.items() if before and before[name] == one}
    return {
        "answer": answer(found, filter_) if found.rows or any(found.counts.values()) else "",
        "chips": chips(found, filter_, text),
        "state": nothing(found, filter_, text),
        "hidden": not found.rows,
        "tiles": tiles(found, text),
        "rows": {"key": query, "rows": rows_of(found.rows, first(text, "sel"))},
        "style": grid_style(len(found.rows), "var(--list)"),
        "more": more(found, text, cursor),
        "sources": options(found.rows, "sources", filter_.values("source")),
        "services": options(found.rows, "services", filter_.values("service")),
        **{name: no_update if name in kept else one for name, one in chosen.items()},
        "find": _field(filter_.q or "", typed or "", moved=moved),
        "shown": {**chosen, "query": query, "at": datetime.now(UTC).isoformat()},
    }


def _failed(
    error: InvalidEvent | Unavailable | ApiProblem, before: dict[str, Any] | None, query: str
) -> dict[str, Any]:
    """Why there are no hosts; above those that are shown, if they are the ones that were asked."""
    parts = dict.fromkeys(PARTS, no_update)
    if before is None or before["query"] == query:
        at = parsed(before["at"]) if before else None
        told = failed("The fleet", error, last_good=at)
        return {**parts, "state": told, "hidden": before is None}
    # Hosts of another filter would look as if they were those of this one.
    told = failed("The fleet", error)
    gone = {"tiles": [], "rows": {"key": None, "rows": []}, "shown": {**before, "query": None}}
    return {**parts, "answer": "", "state": told, "hidden": True, **gone}


clientside_callback(
    ClientsideFunction("rows", "follow"),
    Output("fleet-grid", "rowData"),
    Input("fleet-rows", "data"),
)


@callback(
    Output("fleet-drawer", "children"),
    Output("fleet-drawer", "hidden"),
    Input("url", "search"),
    Input("fleet-again", "data"),
    State("url", "pathname"),
)
async def show_host(search: str | None, again: Any = None, path: str = _PATH) -> tuple[Any, Any]:
    """The host that `sel` names; closed where it names none."""
    stay_on(_PATH, path)
    name = first(search, "sel")
    if not name:
        return [], True
    try:
        return drawer_of(await host(name, period(search))), False
    except (Unavailable, ApiProblem) as error:
        return drawer_content("Host", failed("The host", error)), False


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("fleet-grid", "cellClicked"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def open_host(cell: dict[str, Any] | None, search: str | None) -> str:
    """A click on a row, or Enter."""
    if not cell or not cell.get("rowId"):
        raise PreventUpdate
    return with_params(search, {"sel": str(cell["rowId"])})


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("fleet-grid", "columnState"),
    State("url", "search"),
    State("fleet-shown", "data"),
    prevent_initial_call=True,
)
async def sort(
    columns: list[dict[str, Any]] | None, search: str | None, shown: dict[str, Any] | None
) -> str:
    """A click on a header asks the API for that order."""
    wanted = _order_of(columns or [])
    if shown is None or columns is None or wanted == first(search, "sort"):
        raise PreventUpdate
    return with_params(search, {"sort": wanted or None, "cursor": None})


@callback(
    Output("fleet-grid", "columnState"),
    Input("url", "search"),
    State("fleet-grid", "columnState"),
    State("url", "pathname"),
    prevent_initial_call=True,
)
async def follow_order(
    search: str | None, columns: list[dict[str, Any]] | None, path: str = _PATH
) -> list[dict[str, Any]]:
    """The headers say what the address says, also after going back: else the order that is left
    would be written into it again.
    """
    stay_on(_PATH, path)
    wanted = first(search, "sort")
    if not columns or _order_of(columns) == wanted:
        raise PreventUpdate
    field = _FIELDS.get(wanted.removeprefix("-"), wanted.removeprefix("-"))
    order = "desc" if wanted.startswith("-") else "asc"
    return [{**one, "sort": order if one["colId"] == field else None} for one in columns]


def _order_of(columns: list[dict[str, Any]]) -> str:
    """The order of the headers, as the API writes it."""
    by = next((one for one in columns if one.get("sort")), None)
    if by is None:
        return ""
    field = _SORTS.get(str(by["colId"]), str(by["colId"]))
    return f"-{field}" if by["sort"] == "desc" else field


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("fleet-source", "value"),
    Input("fleet-service", "value"),
    State("fleet-shown", "data"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def narrow(
    source: str | None, service: str | None, shown: dict[str, Any] | None, search: str | None
) -> str:
    """Hosts of one source or service, chosen by a person: not what the page wrote by itself."""
    if not shown or (source, service) == (shown["source"], shown["service"]):
        raise PreventUpdate
    return with_params(
        search, {"source": _value(source), "service": _value(service), "cursor": None}
    )


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("fleet-find", "value"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def find(text: str | None, search: str | None) -> str:
    """What hosts and services are searched for."""
    found = with_params(search, {"q": (text or "").strip() or None, "cursor": None})
    if first(found, "q") == first(search, "q"):
        raise PreventUpdate
    return found


def _field(asked: str, typed: str, *, moved: bool) -> Any:
    """What is searched for, as the address says since it has moved; else somebody may be typing."""
    return asked if moved and asked != typed else no_update


def first_of(values: tuple[str, ...]) -> str | None:
    """The one of a filter that a field can show."""
    return values[0] if values else None


def _value(text: str | None) -> str | None:
    """One value as the grammar writes it."""
    return params(value=text)["value"] if text else None


@callback(
    Output("fleet-again", "data"),
    news("fleet-tick", alerts_of="fleet-shown"),
    beat("fleet-tick"),
    State("live-button", "data-state"),
    prevent_initial_call=True,
)
async def tick(heard: Any, count: int | None, state: str | None) -> dict[str, Any]:
    """An alert changes how a host does, and hosts fall silent without an event: read again, unless
    it is paused.
    """
    if not (heard or count) or state == "paused":
        raise PreventUpdate
    return {"heard": heard, "tick": count}
