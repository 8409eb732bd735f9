"""A line without axes, as a mask: one element, no chart library, the colour of its text."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from dash import html

from ui.components.attributes import hyphened

_WIDTH: Final = 100.0
_HEIGHT: Final = 24.0
_EDGE: Final = 1.0


def points_of(values: Sequence[float]) -> list[tuple[float, float]]:
    """Places in a box of 100 by 24, from left to right, the largest at the top."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = _WIDTH / max(1, len(values) - 1)
    usable = _HEIGHT - 2 * _EDGE
    flat = high == low
    return [
        (n * step, _HEIGHT / 2 if flat else _HEIGHT - _EDGE - (value - low) / span * usable)
        for n, value in enumerate(values)
    ]


def spark(values: Sequence[float], label: str) -> html.Div:
    """The course of a value; `label` says it in words. Needs two values, else it stays empty."""
    if len(values) < 2:
        return html.Div(className="spark", **hyphened({"aria-hidden": "true"}))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points_of(values))
    line = _mask(
        f"<polyline points='{path}' fill='none' stroke='black' stroke-width='1.5'"
        " stroke-linejoin='round' vector-effect='non-scaling-stroke'/>"
    )
    area = _mask(f"<polygon points='0,24 {path} 100,24'/>")
    return html.Div(
        [
            html.Span(className="spark-area", style={"--shape": area}),
            html.Span(className="spark-line", style={"--shape": line}),
        ],
        className="spark",
        role="img",
        **hyphened({"aria-label": label}),
    )


def _mask(drawn: str) -> str:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 24'"
        f" preserveAspectRatio='none'>{drawn}</svg>"
    )
    return f'url("data:image/svg+xml,{quote(svg)}")'
