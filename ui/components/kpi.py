"""One figure that answers a question, with where it comes from and where it leads."""

from collections.abc import Sequence
from typing import Any

from dash import html

from ui.components.spark import spark


def kpi(
    title: str,
    value: Any,
    *,
    note: Any = "",
    change: Any = None,
    course: Sequence[float] = (),
    href: str = "",
) -> html.A | html.Div:
    """`value` is a number() or words; `change` a delta(); `course` draws a spark line below."""
    top = [html.Span(value, className="value"), *([change] if change is not None else [])]
    parts = [
        html.Div(title, className="label"),
        html.Div(top, className="figure"),
        html.Div(note, className="note small dim"),
        *([spark(course, f"course of {title}")] if course else []),
    ]
    if href:
        return html.A(parts, href=href, className="panel kpi")
    return html.Div(parts, className="panel kpi")


def kpis(*figures: Any) -> html.Div:
    """A row of them: four on a desk, two by two on a phone."""
    return html.Div(list(figures), className="kpis")
