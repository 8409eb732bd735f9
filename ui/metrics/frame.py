"""What the metrics page is made of, before anything is known: its callbacks fill it."""

from typing import Any, Final

import dash_mantine_components as dmc
from dash import dcc, html

from ui.address import first
from ui.clocks import clockwork
from ui.components.attributes import hyphened
from ui.components.button import button
from ui.components.chart import chart
from ui.components.grid import column, grid
from ui.components.states import skeleton

TICK_MS: Final = 15_000
_MOST_OPTIONS: Final = 100


def stores() -> list[Any]:
    """What is shown, what asks to read again, and the clock."""
    return [
        dcc.Store(id="metrics-shown"),
        dcc.Store(id="metrics-again"),
        dcc.Store(id="metrics-named"),
        *clockwork("metrics-tick", TICK_MS),
    ]


def waiting() -> html.Div:
    """The geometry of the page."""
    return html.Div(
        [
            html.Div(skeleton("var(--list)", panel=True), className="metrics-side"),
            html.Div(
                [skeleton("var(--chart)", panel=True), skeleton("var(--card)", panel=True)],
                className="stack wide",
            ),
        ],
        className="metrics",
    )


def work(search: str) -> html.Div:
    """Host and metric to the left, chart and anomalies beside."""
    return html.Div(
        [
            _side(search),
            html.Div([_chart(), html.Div(id="metrics-strange")], className="stack wide"),
        ],
        id="metrics-work",
        className="metrics",
        hidden=True,
    )


def _select(id: str, label: str, **more: Any) -> dmc.Select:
    return dmc.Select(
        id=id,
        label=label,
        data=[],
        searchable=True,
        limit=_MOST_OPTIONS,
        allowDeselect=False,
        nothingFoundMessage="None is called so",
        comboboxProps={"withinPortal": True},
        **more,
    )


def _side(search: str) -> html.Section:
    columns = [
        column("opens", "Metric", "mono", flex=1, width=120, tooltipField="opens"),
        column("last", "Last", "measure", width=84),
        column("anomalies_24h", "24 h", "rings", width=56, headerTooltip="Anomalies in 24 hours"),
    ]
    found = grid(
        "metrics-list",
        columns,
        row_id="opens",
        title_field="opens",
        card_fields=("last",),
        height="var(--list)",
        label="Metrics of the host",
    )
    find = dcc.Input(
        id="metrics-find",
        type="search",
        className="input",
        placeholder="Find a metric",
        value=first(search, "q"),
        debounce=0.3,
        autoComplete="off",
        name="find-metric",
    )
    return html.Section(
        [
            html.Div(
                [
                    _select("metrics-host", "Host"),
                    html.Div(_select("metrics-metric", "Metric"), className="phone-only"),
                ],
                className="metrics-pick",
            ),
            html.Div(
                [html.Div(find, className="metrics-find"), html.Div(id="metrics-none"), found],
                className="desktop-only",
            ),
        ],
        className="panel flush metrics-side",
    )


def _chart() -> html.Section:
    compare = _select(
        "metrics-beside",
        "",
        placeholder="Compare with",
        clearable=True,
        leftSection=html.Span("vs", className="dim small"),
    )
    return html.Section(
        [
            html.Div(
                [
                    html.Div([html.H2(id="metrics-title"), html.P(id="metrics-note")]),
                    html.Div(compare, className="metrics-beside"),
                ],
                className="panel-head",
            ),
            html.Div(id="metrics-empty"),
            chart("metrics-chart", height="var(--chart)", label="The chosen metric over time"),
            html.Div(id="metrics-key"),
        ],
        className="panel",
    )


def to_last_day() -> html.Button:
    """Back from a time in which nothing was measured."""
    return button("Show the last 24 h", glyph="clock", **hyphened({"data-range": "24h"}))
