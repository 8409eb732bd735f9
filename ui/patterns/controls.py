"""The controls above the list of patterns: they follow the address, and change it."""

import asyncio
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Input, Output, State, callback, html
from dash.exceptions import PreventUpdate

from schemas.errors import InvalidEvent, Unavailable
from schemas.pattern_lists import LEVELS
from ui.address import stay_on
from ui.components.filters import filter_bar, many, one_of, options, text_filter
from ui.patterns import asking
from ui.patterns.drawing import SORTS, tools
from ui.problems import ApiProblem
from ui.visit import api

_LEAST: Final = [{"value": word, "label": f"{word} or worse"} for word in LEVELS[2:]]
_SORTS: Final = [
    {"value": f"-{name}", "label": words}
    for name, words in zip(
        SORTS, ("Most lines", "Largest rise", "Newest", "Seen last"), strict=True
    )
]
_MOST: Final = 1000


def controls(search: str | None) -> Any:
    """As the address has them; one that cannot be read leaves them empty."""
    q, sources, services, severity, new, sort = _read(search)
    return filter_bar(
        text_filter("patterns-q", "Text of a pattern", q),
        many("patterns-source", "Any source", sources),
        many("patterns-service", "Any service", services),
        one_of("patterns-severity", "Any level", _LEAST, severity),
        dmc.Switch(id="patterns-new", label="New only", checked=new),
        html.Div(
            one_of("patterns-sort", "Most lines first", _SORTS, sort), className="phone-block"
        ),
    )


def _read(search: str | None) -> tuple[Any, ...]:
    try:
        wanted = asking.filter_in(search)
    except InvalidEvent:
        return "", [], [], None, False, None
    sort = str(wanted.sort) if wanted.sort else None
    sources, services = list(wanted.values("source")), list(wanted.values("service"))
    least = asking.least_severity(wanted)
    return wanted.q, sources, services, least, asking.wants_new(search), sort


@callback(
    Output("patterns-q", "value"),
    Output("patterns-source", "value"),
    Output("patterns-service", "value"),
    Output("patterns-severity", "value"),
    Output("patterns-new", "checked"),
    Output("patterns-sort", "value"),
    Output("patterns-tools", "children"),
    Input("url", "search"),
    State("url", "pathname"),
)
async def follow(search: str | None, path: str = asking.PATH) -> tuple[Any, ...]:
    """The controls say what the address says, also after going back."""
    stay_on(asking.PATH, path)
    return *_read(search), tools(search)


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("patterns-q", "value"),
    Input("patterns-source", "value"),
    Input("patterns-service", "value"),
    Input("patterns-severity", "value"),
    Input("patterns-new", "checked"),
    Input("patterns-sort", "value"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def narrow(
    q: str | None,
    sources: list[str] | None,
    services: list[str] | None,
    severity: str | None,
    new: bool | None,
    sort: str | None,
    search: str | None,
) -> str:
    """The address says what the controls say."""
    said = (q or "", sources or [], services or [], severity, bool(new), sort)
    if said == _read(search):
        raise PreventUpdate
    return asking.changed(search, *said)


@callback(
    Output("patterns-source", "data"),
    Output("patterns-service", "data"),
    Input("patterns-source", "id"),
    State("patterns-source", "value"),
    State("patterns-service", "value"),
)
async def offer(_: str, source: list[str] | None, service: list[str] | None) -> tuple[Any, Any]:
    """What there is to choose from; without an answer, what is chosen already."""
    try:
        sources, hosts = await asyncio.gather(
            api().get("/sources", limit=_MOST, kind="lines"), api().get("/hosts", limit=_MOST)
        )
    except (Unavailable, ApiProblem):
        return options([], source), options([], service)
    services = {name for host in hosts["items"] for name in host["services"]}
    return (
        options([one["source"] for one in sources["items"]], source),
        options(sorted(services), service),
    )
