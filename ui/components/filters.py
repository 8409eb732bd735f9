"""The controls of a page's filters: beside one another on a desk, behind one button on a phone."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from ui.components.attributes import hyphened
from ui.components.icon import icon
from ui.visit import visit


def filter_bar(*controls: Any) -> html.Div | html.Details:
    """All of them in one line; on a phone they fold away."""
    if not visit().phone:
        return html.Div(list(controls), className="filter-bar")
    summary = html.Summary([icon("filter"), "Filters"], className="button")
    return html.Details(
        [summary, html.Div(list(controls), className="filter-bar")], className="filter-fold"
    )


def text_filter(id: str, label: str, value: str = "") -> html.Div:
    """Literal text to look for; it counts with Enter, or when the field is left."""
    field = dcc.Input(
        id=id,
        type="search",
        value=value,
        debounce=True,
        placeholder=label,
        className="input",
    )
    name = html.Label(label, htmlFor=id, className="visually-hidden")
    return html.Div([name, icon("search"), field], className="filter-text")


def many(id: str, label: str, values: Sequence[str] = (), data: Sequence[Any] = ()) -> Any:
    """Any of several values; `data` may come later, by a callback."""
    return dmc.MultiSelect(
        id=id,
        value=list(values),
        data=[*dict.fromkeys([*data, *values])],
        placeholder="" if values else label,
        searchable=True,
        clearable=True,
        hidePickedOptions=True,
        maxDropdownHeight=280,
        nothingFoundMessage="None of that name",
        className="filter-many",
        **hyphened({"aria-label": label}),
    )


def one_of(id: str, label: str, data: Sequence[Any], value: str | None = None) -> Any:
    """One of few, or none."""
    return dmc.Select(
        id=id,
        value=value,
        data=list(data),
        placeholder=label,
        clearable=True,
        className="filter-one",
        **hyphened({"aria-label": label}),
    )


def options(known: Sequence[str], chosen: Sequence[str] | None) -> list[str]:
    """What a `many` offers: all that is known, and what the address names."""
    return sorted({*known, *(chosen or ())}, key=str.casefold)
