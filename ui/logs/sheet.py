"""The drawer of one line: what is known of it, and its neighbours in the topic."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, html

from schemas.errors import Unavailable
from schemas.filters import Filter, to_query
from ui.address import first, stay_on, with_params
from ui.components.attributes import hyphened
from ui.components.button import button, link_button
from ui.components.drawer import drawer_content
from ui.components.page import facts
from ui.components.severity import severity
from ui.components.states import failed
from ui.components.text import shown_text
from ui.logs import asking
from ui.logs.lines import badge, row, stamp, whole
from ui.problems import ApiProblem
from ui.visit import api


@callback(
    Output("logs-drawer", "children"),
    Output("logs-drawer", "hidden"),
    Input("url", "search"),
    State("url", "pathname"),
)
async def opened(search: str | None, path: str = asking.PATH) -> tuple[Any, bool]:
    """The line that the address names, among those before and after it."""
    stay_on(asking.PATH, path)
    if not first(search, "sel"):
        return [], True
    place = asking.place_in(search)
    around = asking.count_in(search, "around", asking.AROUND, asking.MOST_AROUND)
    if place is None:
        gone = ApiProblem(404, "no-such-line", "the link names no line: it may be cut")
        return drawer_content("Line", failed("The line", gone)), False
    try:
        found = await api().get("/logs/context", lines=around, **place)
    except (Unavailable, ApiProblem) as error:
        return drawer_content("Line", failed("The line", error)), False
    return _content(search, found, around), False


def _content(search: str | None, found: Mapping[str, Any], around: int) -> list[Any]:
    line = found["items"][found["place"]]
    link = f"/logs{with_params(search, {'tail': None})}"
    return drawer_content(
        "Line",
        whole(line),
        _known(line),
        html.Section(
            [html.H3(f"{around} lines before and after it"), *_neighbours(search, found, around)],
            className="stack tight",
        ),
        note=[stamp(line["time"]), " ", badge(line)],
        actions=[
            *_pattern_actions(line),
            button("Copy link", glyph="link", quiet=True, **hyphened({"data-copy-link": link})),
        ],
    )


def _pattern_actions(line: Mapping[str, Any]) -> list[Any]:
    if not line["pattern"]:
        return []
    uid = quote(line["pattern"])
    return [
        link_button("Its pattern", f"/patterns?sel={uid}", glyph="patterns", filled=True),
        link_button("Lines of its pattern", f"/logs?pattern={uid}"),
    ]


def _known(line: Mapping[str, Any]) -> html.Dl:
    place = f"{line['topic']}, partition {line['partition']}, offset {line['offset']}"
    rows: list[tuple[str, Any]] = [
        ("Level", severity(line["severity"])),
        ("Host", _only("host", line["host"])),
        ("Service", _only("service", line["service"])),
        ("Source", _only("source", line["source"])),
        ("UTC", html.Code(str(line["time"]).replace("T", " ").replace("+00:00", "Z"))),
        ("Place", html.Code(f"{place}, line {line['line']}")),
    ]
    return facts(rows)


def _only(field: str, value: str) -> Any:
    """The value, and the way to nothing but its lines."""
    if not value:
        return html.Span("not named", className="dim")
    href = f"/logs?{to_query(Filter().having(field, value))}"
    name = html.Code(shown_text(value, 120))
    return html.Span([name, html.A("only these", href=href, className="small")], className="row")


def _neighbours(search: str | None, found: Mapping[str, Any], around: int) -> list[Any]:
    lines = [row(one, here=n == found["place"]) for n, one in enumerate(found["items"])]
    drawn = html.Div(lines, className="log-lines narrow", id="logs-context")
    if around >= asking.MOST_AROUND or not (found["more_before"] or found["more_after"]):
        return [drawn]
    wider = with_params(search, {"around": str(min(asking.MOST_AROUND, around * 4))})
    return [drawn, html.A("Show more on each side", href=f"/logs{wider}", className="button")]


clientside_callback(ClientsideFunction("logs", "centred"), Input("logs-drawer", "children"))
