"""The chart of the metrics page."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import plotly.graph_objects as go
from dash import html

from ui.address import Period
from ui.components import chart as charts
from ui.components.colours import SERIES_COUNT, series_number
from ui.components.gaps import with_gaps
from ui.components.number import scale_of
from ui.components.text import shown_text
from ui.components.times import parsed
from ui.metrics.reading import Seen
from ui.metrics.words import against

_BESIDE: Final = 0.015  # of the window a band reaches out on either side, to be seen at all


def drawn(seen: Seen, when: Period) -> go.Figure:
    """The line, the band around anomalies, their rings, and the second series."""
    host, metric = seen.choice.host, seen.choice.metric
    unit, size = _unit(seen)
    made = charts.figure(
        unit, uirevision=f"{host} {metric} {when.name}", start=when.start, end=when.end
    )
    if seen.series:
        charts.add_boxes(made, _sized(boxes(seen.own, when), size))
        name, shade = _names(seen)[0]
        _add(made, seen.series, name, shade, (unit, size))
    if seen.second and seen.series:
        name, shade = _names(seen)[1]
        same = seen.second["unit"] == seen.series["unit"]
        own = (unit, size) if same else _scale([seen.second])
        _add(made, seen.second, name, shade, own, right=not same)
    rings = [one for one in seen.own if one["value"] is not None]
    charts.add_anomalies(
        made,
        [one["timestamp"] for one in rings],
        [one["value"] / size for one in rings],
        [against(one) for one in rings],
    )
    return made


def key(seen: Seen) -> html.Div:
    """What the lines, the band and the rings are."""
    parts = [
        html.Span([html.Span(className=f"swatch swatch-{shade}"), shown_text(name, 80)])
        for name, shade in _names(seen)
    ]
    if seen.own:
        parts += [
            html.Span([html.Span(className="swatch swatch-band"), "usual at that time"]),
            html.Span([html.Span(className="ring"), "anomaly"]),
        ]
    return html.Div(parts, className="chart-key")


def boxes(anomalies: Sequence[Mapping[str, Any]], when: Period) -> list[charts.Box]:
    """The baseline from shortly before each anomaly to shortly after it, none over another. Pure.

    Nothing is invented: where no anomaly was, nobody has said what is usual.
    """
    beside = (when.end - when.start) * _BESIDE
    spans = []
    for one in anomalies:
        if one["baseline_low"] is None or one["baseline_high"] is None:
            continue
        end = when.end if one["active"] else parsed(one["ended"] or one["timestamp"]) + beside
        start = max(when.start, parsed(one["onset"]) - beside)
        spans.append((start, min(end, when.end), one["baseline_low"], one["baseline_high"]))
    spans.sort()
    found = []
    for n, (start, end, low, high) in enumerate(spans):
        until = min(end, spans[n + 1][0]) if n + 1 < len(spans) else end
        if until - start > timedelta(0):
            found.append(charts.Box(start.isoformat(), until.isoformat(), low, high))
    return found


def _add(
    made: go.Figure,
    series: Mapping[str, Any],
    name: str,
    shade: int,
    scale: tuple[str, float],
    *,
    right: bool = False,
) -> None:
    unit, size = scale
    times, values = with_gaps(series["timestamps"], series["values"])
    sized = [None if value is None else value / size for value in values]
    charts.add_line(made, name, times, sized, unit=unit, shade=shade, right=right)


def _names(seen: Seen) -> list[tuple[str, int]]:
    """Names of the lines and numbers of their colours, which are never the same."""
    shade = series_number(seen.choice.metric)
    names = [(seen.choice.metric, shade)]
    if seen.second and seen.choice.second:
        host, metric = seen.choice.second
        if host != seen.choice.host:
            names = [(seen.choice.host, shade)]
        name = metric if host == seen.choice.host else host
        other = series_number(name)
        names.append((name, other % SERIES_COUNT + 1 if other == shade else other))
    return names


def _unit(seen: Seen) -> tuple[str, float]:
    shown = [one for one in (seen.series, seen.second) if one]
    same = [one for one in shown if one["unit"] == shown[0]["unit"]]
    values = [one["value"] or 0 for one in seen.own]
    return _scale(same, values)


def _scale(series: Sequence[Mapping[str, Any]], more: Sequence[float] = ()) -> tuple[str, float]:
    values = [abs(value) for one in series for value in one["values"]] + [abs(v) for v in more]
    unit = str(series[0]["unit"]) if series else ""
    size, written = scale_of(max(values, default=0), unit)
    return written, size


def _sized(found: Sequence[charts.Box], size: float) -> list[charts.Box]:
    return [charts.Box(start, end, low / size, high / size) for start, end, low, high in found]
