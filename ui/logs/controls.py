"""The controls above the lines: they follow the address, and change it."""

import asyncio
from typing import Any, Final

from dash import Input, Output, State, callback, html
from dash.exceptions import PreventUpdate

from schemas.errors import InvalidEvent, Unavailable
from schemas.pattern_lists import LEVELS
from ui.address import first, stay_on, with_params
from ui.components.attributes import hyphened
from ui.components.button import button
from ui.components.filters import filter_bar, many, one_of, options, text_filter
from ui.components.icon import icon
from ui.components.template import template
from ui.links import api_path
from ui.logs import asking
from ui.problems import ApiProblem
from ui.visit import api

_LEAST: Final = [{"value": word, "label": f"{word} or worse"} for word in LEVELS[1:]]
_MOST: Final = 1000


def controls(search: str | None) -> Any:
    """As the address has them; one that cannot be read leaves them empty."""
    q, hosts, services, sources, level = _read(search)
    return filter_bar(
        text_filter("logs-q", "Literal text of a line", q),
        many("logs-host", "Any host", hosts),
        many("logs-service", "Any service", services),
        many("logs-source", "Any source", sources),
        one_of("logs-level", "Any level", _LEAST, level),
    )


def switches() -> html.Div:
    """What changes how lines are shown."""
    parts = [
        button("Wrap", id="logs-wrap", glyph="down", key="w", **_pressed(False)),
        button("Live tail", id="logs-tail", glyph="play", key="f", **_pressed(False)),
        html.Span(id="logs-tools", className="row"),
    ]
    return html.Div(parts, className="row wrap tools")


def _pressed(yes: bool) -> Any:
    return hyphened({"aria-pressed": "true" if yes else "false"})


def _read(search: str | None) -> tuple[Any, ...]:
    try:
        wanted = asking.filter_in(search)
    except InvalidEvent:
        return "", [], [], [], None
    chosen = [list(wanted.values(name)) for name in asking.FIELDS]
    return wanted.q, *chosen, asking.least_level(wanted)


@callback(
    Output("logs-q", "value"),
    Output("logs-host", "value"),
    Output("logs-service", "value"),
    Output("logs-source", "value"),
    Output("logs-level", "value"),
    Output("logs-wrap", "aria-pressed"),
    Output("logs-tail", "aria-pressed"),
    Output("logs-lines", "className"),
    Input("url", "search"),
    State("url", "pathname"),
)
async def follow(search: str | None, path: str = asking.PATH) -> tuple[Any, ...]:
    """The controls say what the address says, also after going back."""
    stay_on(asking.PATH, path)
    wraps, tails = asking.wraps(search), asking.tails(search)
    looks = "log-lines wraps" if wraps else "log-lines"
    return *_read(search), str(wraps).lower(), str(tails).lower(), looks


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("logs-q", "value"),
    Input("logs-host", "value"),
    Input("logs-service", "value"),
    Input("logs-source", "value"),
    Input("logs-level", "value"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def narrow(
    q: str | None,
    hosts: list[str] | None,
    services: list[str] | None,
    sources: list[str] | None,
    level: str | None,
    search: str | None,
) -> str:
    """The address says what the controls say."""
    said = (q or "", hosts or [], services or [], sources or [], level)
    if said == _read(search):
        raise PreventUpdate
    chosen = dict(zip(asking.FIELDS, said[1:4], strict=True))
    return asking.changed(search, q or "", chosen, level)


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("logs-wrap", "n_clicks"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def wrap(clicks: int | None, search: str | None) -> str:
    """Long lines are broken, or cut."""
    if not clicks:
        raise PreventUpdate
    return with_params(search, {"wrap": None if asking.wraps(search) else "1"})


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("logs-tail", "n_clicks"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def tail(clicks: int | None, search: str | None) -> str:
    """Lines as they come, or those of the time range."""
    if not clicks:
        raise PreventUpdate
    off = asking.tails(search)
    return with_params(search, {"tail": None if off else "1", "lines": None})


@callback(
    Output("logs-host", "data"),
    Output("logs-service", "data"),
    Output("logs-source", "data"),
    Input("logs-host", "id"),
    State("logs-host", "value"),
    State("logs-service", "value"),
    State("logs-source", "value"),
)
async def offer(_: str, *chosen: list[str] | None) -> tuple[Any, ...]:
    """What there is to choose from; without an answer, what is chosen already."""
    try:
        hosts, sources = await asyncio.gather(
            api().get("/hosts", limit=_MOST), api().get("/sources", limit=_MOST, kind="lines")
        )
    except (Unavailable, ApiProblem):
        return tuple(options([], one) for one in chosen)
    known = (
        [host["host"] for host in hosts["items"]],
        sorted({name for host in hosts["items"] for name in host["services"]}),
        [one["source"] for one in sources["items"]],
    )
    return tuple(options(names, one) for names, one in zip(known, chosen, strict=True))


@callback(Output("logs-pattern", "children"), Input("url", "search"), State("url", "pathname"))
async def pattern(search: str | None, path: str = asking.PATH) -> Any:
    """The pattern that lines are narrowed to, as its template, and the way out of it."""
    stay_on(asking.PATH, path)
    uid = first(search, "pattern")
    if not uid:
        return []
    try:
        text = str((await api().get(api_path("patterns", uid.partition(",")[0])))["template"])
    except (Unavailable, ApiProblem):
        text = uid
    away = f"/logs{with_params(search, {'pattern': None, 'sel': None})}"
    label = hyphened({"aria-label": "Lines of every pattern"})
    return html.Div(
        [
            html.Span("Pattern", className="label"),
            template(text),
            html.A(icon("close"), href=away, className="button quiet square", **label),
        ],
        className="log-pattern",
    )
