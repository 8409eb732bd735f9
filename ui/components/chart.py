"""Charts: one builder, no legend box, both schemes in one figure.

Text, grid and surfaces get their colours from assets/data.css; what has a colour of its own here
has the same in both schemes. So a change of scheme draws nothing again. Times are drawn in the zone
of the browser: plotly knows none.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any, Final, NamedTuple

import plotly.graph_objects as go
from dash import dcc, html

from ui.components.attributes import hyphened
from ui.components.colours import colour, series_colour, severity_colour
from ui.components.severity import shape_of
from ui.components.text import shown_text
from ui.components.thinning import thinned
from ui.components.times import parsed
from ui.visit import visit

_CONFIG: Final[Any] = {"displayModeBar": False, "displaylogo": False, "responsive": True}
_FADED: Final = "rgba(0,0,0,0)"
_MINUTE_MS, _DAY_MS = 60_000, 86_400_000
_TIMES: Final = [  # by how far two ticks are apart, ms or months
    {"dtickrange": [None, 999], "value": "%H:%M:%S.%L"},
    {"dtickrange": [1_000, _MINUTE_MS - 1], "value": "%H:%M:%S\n%b %-d"},
    {"dtickrange": [_MINUTE_MS, _DAY_MS - 1], "value": "%H:%M\n%b %-d"},
    {"dtickrange": [_DAY_MS, "M1"], "value": "%b %-d\n%Y"},
    {"dtickrange": ["M1", None], "value": "%b\n%Y"},
]


class Box(NamedTuple):
    """A stretch of time in which a value is usually between two others."""

    start: str
    end: str
    low: float
    high: float


def figure(
    unit: str = "", *, uirevision: str = "", start: Any = None, end: Any = None
) -> go.Figure:
    """An empty chart over time; `uirevision` keeps the zoom while it stays the same. What is
    selected is forgotten with every new figure.
    """
    made = go.Figure()
    made.update_layout(
        margin={"l": 4, "r": 8, "t": 8, "b": 4},  # half a ring fits at the right
        paper_bgcolor=_FADED,
        plot_bgcolor=_FADED,
        showlegend=False,
        hovermode="x unified",
        dragmode="select",
        selectdirection="h",
        barmode="stack",
        bargap=0.15,
        uirevision=uirevision or "kept",
        selectionrevision=str(end),
        selections=[],
        xaxis={
            "type": "date",
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            # Upright and few, so that they are read on a phone; the second line where it changes.
            "tickangle": 0,
            "nticks": 6,
            "tickformatstops": _TIMES,
        },
        yaxis={
            "ticksuffix": f" {escape(unit)}" if unit else "",
            "rangemode": "tozero",
            "zeroline": False,
            "automargin": True,
            "nticks": 5,
            "fixedrange": True,
        },
    )
    if start is not None and end is not None:
        made.update_xaxes(range=here([start, end]))
    return made


def here(times: Sequence[datetime | str]) -> list[str]:
    """Times on the visitor's clock, without a zone, as plotly draws them."""
    zone = visit().zone
    return [parsed(at).astimezone(zone).replace(tzinfo=None).isoformat() for at in times]


def add_line(
    made: go.Figure,
    name: str,
    times: Sequence[str],
    values: Sequence[float | None],
    *,
    unit: str = "",
    shade: int = 0,
    right: bool = False,
) -> None:
    """One series, thinned to its peaks; its colour follows from its name unless it is given as
    `shade`, 1 to 8. `right`: on an axis of its own, with its unit.
    """
    few_times, few_values = thinned(times, values)
    suffix = f" {escape(unit)}" if unit else ""
    made.add_scatter(
        x=here(few_times),
        y=few_values,
        name=plotly_text(name),
        mode="lines",
        line={
            "color": colour(f"series-{shade}") if shade else series_colour(name),
            "width": 1.5,
        },
        connectgaps=False,
        yaxis="y2" if right else "y",
        hovertemplate=f"%{{y:,.4~r}}{suffix}<extra>{plotly_text(name)}</extra>",
    )
    if right:
        made.update_layout(
            yaxis2={
                "overlaying": "y",
                "side": "right",
                "ticksuffix": suffix,
                "showgrid": False,
                "zeroline": False,
                "rangemode": "tozero",
                "automargin": True,
                "nticks": 5,
                "fixedrange": True,
            }
        )


def add_bars(
    made: go.Figure, name: str, times: Sequence[str], values: Sequence[float], *, severity: str = ""
) -> None:
    """Stacked bars; with a severity in its colour."""
    fill = severity_colour(shape_of(severity)) if severity else series_colour(name)
    made.add_bar(x=here(times), y=list(values), name=plotly_text(name), marker={"color": fill})
    made.update_traces(marker_line_width=0, selector={"type": "bar"})


def add_boxes(made: go.Figure, boxes: Sequence[Box]) -> None:
    """What was usual where it is known, and nothing between."""
    times: list[str | None] = []
    values: list[float | None] = []
    for start, end, low, high in boxes:
        left, right = here([start, end])
        times += [left, right, right, left, left, None]
        values += [low, low, high, high, low, None]
    made.add_scatter(
        x=times,
        y=values,
        mode="lines",
        line_width=0,
        fill="toself",
        fillcolor=colour("band"),
        hoverinfo="skip",
    )


def add_anomalies(
    made: go.Figure, times: Sequence[str], values: Sequence[float], words: Sequence[str]
) -> None:
    """Open red rings; `words` say why on hover."""
    made.add_scatter(
        x=here(times),
        y=list(values),
        mode="markers",
        name="anomaly",
        unselected={"marker": {"opacity": 1}},
        cliponaxis=False,
        text=[plotly_text(word) for word in words],
        hovertemplate="%{text}<extra></extra>",
        marker={
            "symbol": "circle-open",
            "size": 10,
            "line": {"width": 2},
            "color": colour("anomaly"),
        },
    )


def plotly_text(text: str) -> str:
    """Plotly reads a little HTML in its texts: none of it may come from outside."""
    return escape(shown_text(text, 200), quote=False)


def chart(id: Any, made: go.Figure | None = None, *, height: str = "240px", label: str) -> html.Div:
    """The chart in its place; `label` says in words what it shows. A selection of time is in the
    graph's `selectedData`.
    """
    graph = dcc.Graph(
        id=id,
        figure=made if made is not None else figure(),
        config=_CONFIG,
        style={"height": height},
        responsive=True,
    )
    return html.Div(graph, className="chart", role="figure", **hyphened({"aria-label": label}))
