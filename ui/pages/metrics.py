"""/metrics: one metric of a host over time, what is usual, and what was strange."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    html,
    register_page,
)
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from ui.address import Period, period, stay_on, with_params
from ui.clocks import beat, busy, news
from ui.components.button import link_button
from ui.components.page import page, page_head, panel
from ui.components.states import failed, first_use
from ui.components.text import shown_text
from ui.components.times import parsed
from ui.metrics.choice import Choice, choice_of
from ui.metrics.frame import stores, waiting, work
from ui.metrics.reading import first_host, hosts, read
from ui.metrics.showing import Written, is_of, kept, parts
from ui.problems import ApiProblem

register_page(
    __name__,
    path="/metrics",
    name="Metrics",
    icon="metrics",
    order=40,
    key="m",
    analytics=True,
    also=("/analytics-reports",),
)

_PATH: Final = "/metrics"
_OFFER_AGAIN: Final = timedelta(minutes=1)  # hosts come and go seldom
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
        "size": Output("metrics-list", "style"),
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
    state={
        "before": State("metrics-shown", "data"),
        "host": State("metrics-host", "value"),
        "metric": State("metrics-metric", "value"),
        "beside": State("metrics-beside", "value"),
        "find": State("metrics-find", "value"),
        "path": State("url", "pathname"),
    },
    running=[busy("metrics-tick")],
)
async def show(
    search: str | None,
    again: Any = None,
    before: dict[str, Any] | None = None,
    path: str = _PATH,
    **fields: str | None,
) -> dict[str, Any]:
    """All of the page, from the URL and the API; what was there stays when the API does not answer.

    `before` is what is shown, `fields` what stands in the fields.
    """
    stay_on(_PATH, path)
    text, choice = search or "", choice_of(search or "")
    offered_at = before["offered_at"] if before else ""
    written = Written(**fields, offered_at=offered_at, q=before.get("q") if before else None)
    names = None
    try:
        if before is None or before["host"] != choice.host or _is_old(written.offered_at):
            found = await hosts()
            names = sorted(str(one["host"]) for one in found if one["metrics"])
            choice = choice._replace(host=choice.host or await first_host(found) or "")
        if not choice.host:
            return kept(answer="", state=_first_use(), hidden=True)
        when = period(text)
        return parts(await read(choice, when), names, when, text, written)
    except (Unavailable, ApiProblem) as error:
        if isinstance(error, ApiProblem) and error.status == HTTPStatus.NOT_FOUND:
            return kept(answer="", state=_unknown(choice.host), hidden=True)
        return _failed(error, before, choice, period(text))


def _failed(
    error: Unavailable | ApiProblem, before: dict[str, Any] | None, choice: Choice, when: Period
) -> dict[str, Any]:
    """Why there is nothing; above what is drawn, if that is what was asked for."""
    if before is None:
        return kept(state=failed("The metrics", error), hidden=True)
    shown = {**before, "failed": True, "named": {}}
    if not is_of(before, choice, when):
        return kept(answer="", state=failed("The metrics", error), hidden=True, shown=shown)
    at = parsed(before["at"])
    return kept(state=failed("The metrics", error, last_good=at), hidden=False, shown=shown)


def _is_old(offered_at: str) -> bool:
    return datetime.now(UTC) - parsed(offered_at) > _OFFER_AGAIN


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
    news("metrics-tick", alerts_of="metrics-shown"),
    beat("metrics-tick"),
    State("live-button", "data-state"),
    State("url", "search"),
    State("metrics-shown", "data"),
    prevent_initial_call=True,
)
async def tick(
    heard: Any,
    count: int | None,
    state: str | None,
    search: str | None,
    shown: dict[str, Any] | None,
) -> dict[str, Any]:
    """An alert about this host may have come of an anomaly, and points come without events: read
    again, unless it is paused, or the time stands still and is drawn.
    """
    is_drawn = shown is not None and not shown.get("failed")
    stands = is_drawn and not period(search).moving and ctx.triggered_id != "metrics-tick-news"
    if not (heard or count) or state == "paused" or stands:
        raise PreventUpdate
    return {"heard": heard, "tick": count}


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
clientside_callback(
    ClientsideFunction("shell", "named"),
    Output("metrics-named", "data"),
    Input("metrics-shown", "data"),
)
