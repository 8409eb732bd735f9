"""/metrics: one metric of a host over time, what is usual, and what was strange."""

from http import HTTPStatus
from typing import Any, Final

from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    html,
    register_page,
)
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from ui.address import period, with_params
from ui.components.button import link_button
from ui.components.page import page, page_head, panel
from ui.components.states import failed, first_use
from ui.components.text import shown_text
from ui.components.times import parsed
from ui.metrics.choice import choice_of
from ui.metrics.frame import stores, waiting, work
from ui.metrics.reading import first_host, hosts, read
from ui.metrics.showing import kept, parts
from ui.problems import ApiProblem

register_page(__name__, path="/metrics", name="Metrics", icon="metrics", order=40, key="m")

_FEW: Final = 100  # hosts: so many are asked for anew each time
_SNIPPET: Final = """# this machine
HOST_METRICS=true foreshock up

# any other, with Telegraf or by hand
curl "$URL/webhooks/telegraf" -H "X-API-Key: $KEY" \\
  --data-binary 'cpu,host=web-1,cpu=cpu-total usage_idle=82.4'"""


def layout(search: str = "", **_: str) -> html.Div:
    """The skeleton, and what the callbacks fill."""
    return page(
        page_head("Metrics", answer_id="metrics-answer"),
        html.Div(waiting(), id="metrics-state"),
        work(search),
        *stores(),
    )


@callback(
    output={
        "answer": Output("metrics-answer", "children"),
        "state": Output("metrics-state", "children"),
        "hidden": Output("metrics-work", "hidden"),
        "hosts": Output("metrics-host", "data"),
        "host": Output("metrics-host", "value"),
        "metrics": Output("metrics-metric", "data"),
        "metric": Output("metrics-metric", "value"),
        "rows": Output("metrics-list", "rowData"),
        "none": Output("metrics-none", "children"),
        "offers": Output("metrics-beside", "data"),
        "beside": Output("metrics-beside", "value"),
        "title": Output("metrics-title", "children"),
        "note": Output("metrics-note", "children"),
        "empty": Output("metrics-empty", "children"),
        "figure": Output("metrics-chart", "figure"),
        "key": Output("metrics-key", "children"),
        "strange": Output("metrics-strange", "children"),
        "shown": Output("metrics-shown", "data"),
        "find": Output("metrics-find", "value"),
    },
    inputs={"search": Input("url", "search"), "again": Input("metrics-again", "data")},
    state={"known": State("metrics-host", "data"), "before": State("metrics-shown", "data")},
)
async def show(
    search: str | None,
    again: Any = None,
    known: list[dict[str, str]] | None = None,
    before: dict[str, str] | None = None,
) -> dict[str, Any]:
    """All of the page, from the URL and the API; what was there stays when the API does not answer.

    `known` are the hosts that are offered: when they are many, they are not asked for each time.
    """
    text, choice = search or "", choice_of(search or "")
    try:
        names = [one["value"] for one in known or []]
        if len(names) < _FEW or not choice.host:
            found = await hosts()
            names = sorted(str(one["host"]) for one in found if one["metrics"])
            choice = choice._replace(host=choice.host or await first_host(found) or "")
        if not choice.host:
            return kept(answer="", state=_first_use(), hidden=True)
        when = period(text)
        return parts(await read(choice, when), names, when, text)
    except (Unavailable, ApiProblem) as error:
        if isinstance(error, ApiProblem) and error.status == HTTPStatus.NOT_FOUND:
            return kept(answer="", state=_unknown(choice.host), hidden=True)
        at = parsed(before["at"]) if before else None
        return kept(state=failed("The metrics", error, last_good=at), hidden=before is None)


def _first_use() -> html.Section:
    words = (
        "A host appears with its first point: of this machine, of Telegraf, of the topic "
        "metrics.raw, or of InfluxDB's clients."
    )
    return panel(
        first_use(
            "No metric yet",
            words,
            action=link_button("Connect a source", "/integrations-admin", filled=True),
            snippet=_SNIPPET,
            glyph="metrics",
        )
    )


def _unknown(host: str) -> html.Section:
    words = f"Nothing tells of a host {shown_text(host, 120)}. It may have been renamed."
    back = link_button("Choose another host", "/metrics", filled=True)
    return panel(first_use("No such host", words, action=back, glyph="fleet"))


@callback(
    Output("metrics-again", "data"),
    Input("live", "data"),
    prevent_initial_call=True,
)
async def hear(live: dict[str, Any] | None) -> dict[str, Any]:
    """An alert may have come of an anomaly: read again."""
    events = (live or {}).get("events") or []
    if not live or not (live.get("resync") or any(one["topic"] == "alerts" for one in events)):
        raise PreventUpdate
    return {"live": live.get("seq") or live.get("poll")}


@callback(
    Output("metrics-again", "data", allow_duplicate=True),
    Input("metrics-tick", "n_intervals"),
    State("live-button", "data-state"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def tick(count: int | None, state: str | None, search: str | None) -> dict[str, Any]:
    """Points come without events: read again, unless it is paused or the time stands still."""
    if not count or state == "paused" or not period(search).moving:
        raise PreventUpdate
    return {"tick": count}


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("metrics-host", "value"),
    State("metrics-shown", "data"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def pick_host(host: str | None, shown: dict[str, str] | None, search: str | None) -> str:
    """The same metric of another host."""
    return _changed(search, shown, "host", host)


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("metrics-metric", "value"),
    State("metrics-shown", "data"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def pick_metric(metric: str | None, shown: dict[str, str] | None, search: str | None) -> str:
    """Another metric, on a phone."""
    return _changed(search, shown, "metric", metric)


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("metrics-list", "cellClicked"),
    State("metrics-shown", "data"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def pick_row(
    cell: dict[str, Any] | None, shown: dict[str, str] | None, search: str | None
) -> str:
    """Another metric, by a click or Enter in the list."""
    return _changed(search, shown, "metric", (cell or {}).get("rowId"))


def _changed(search: str | None, shown: dict[str, str] | None, name: str, value: str | None) -> str:
    """The URL with this in it. Raises PreventUpdate when the page shows it already: then it was
    not a person who wrote it into the field.
    """
    if not shown or not value or value == shown[name]:
        raise PreventUpdate
    chosen = {"host": shown["host"], "metric": shown["metric"] or None, name: value}
    return with_params(search, chosen)


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("metrics-beside", "value"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def compare(value: str | None, search: str | None) -> str:
    """A second series: `m` and a metric of this host, or `h` and another host."""
    kind, _, name = (value or "").partition(" ")
    found = with_params(
        search, {"also": name if kind == "m" else None, "beside": name if kind == "h" else None}
    )
    if found == with_params(search, {}):
        raise PreventUpdate
    return found


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("metrics-find", "value"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def find(text: str | None, search: str | None) -> str:
    """What the list is searched for."""
    found = with_params(search, {"q": (text or "").strip() or None})
    if found == with_params(search, {}):
        raise PreventUpdate
    return found


clientside_callback(ClientsideFunction("shell", "brushed"), Input("metrics-chart", "selectedData"))
clientside_callback(ClientsideFunction("shell", "named"), Input("metrics-shown", "data"))
