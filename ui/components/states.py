"""The four states of a page: loading, first use, nothing for this filter, failed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html

from schemas.errors import ForeshockError
from ui.components.attributes import hyphened
from ui.components.button import button
from ui.components.icon import icon
from ui.components.times import ago
from ui.problems import ApiProblem


def skeleton(height: str = "var(--row)", count: int = 1, *, panel: bool = False) -> html.Div:
    """Grey blocks of the final geometry; `height` is a token or a calculation of tokens."""
    style = "panel skeleton" if panel else "skeleton"
    blocks = [html.Div(className=style, style={"height": height}) for _ in range(count)]
    return html.Div(
        blocks,
        className="stack",
        role="status",
        **hyphened({"aria-busy": "true", "aria-label": "Loading"}),
    )


def kpi_skeletons(count: int = 4) -> html.Div:
    """The place of a row of KPIs."""
    blocks = [html.Div(className="panel skeleton kpi") for _ in range(count)]
    return html.Div(
        blocks,
        className="kpis",
        role="status",
        **hyphened({"aria-busy": "true", "aria-label": "Loading"}),
    )


def first_use(
    title: str, sentence: str, *, action: Any = None, snippet: str = "", glyph: str = "inbox"
) -> html.Div:
    """Nothing was ever here: one sentence, one button, one snippet."""
    parts: list[Any] = [icon(glyph), html.H2(title), html.P(sentence)]
    parts += [html.Pre(html.Code(snippet))] if snippet else []
    parts += [action] if action is not None else []
    return html.Div(parts, className="state", **hyphened({"data-state": "first-use"}))


def no_match(total: int | None, *, noun: str = "match", clear_href: str = "") -> html.Div:
    """The filter lets nothing through: "0 of 128 match", and the way back."""
    words = f"0 of {total:,} {noun}" if total else f"Nothing to {noun} here"
    parts: list[Any] = [icon("filter"), html.H2(words)]
    if clear_href:
        parts.append(html.A("Clear filters", href=clear_href, className="button"))
    return html.Div(parts, className="state", **hyphened({"data-state": "no-match"}))


def failed(
    what: str, error: ForeshockError, *, last_good: datetime | None = None, retry: Any = None
) -> html.Div:
    """What failed and why; above data that is shown further on, the age of that data."""
    said: list[Any] = [html.Strong(f"{what} could not be loaded. "), str(error)]
    if last_good:
        said.append(f" What you see is from {ago(last_good)}.")
    if isinstance(error, ApiProblem) and error.trace_id:
        said += [" Trace ", html.Code(error.trace_id)]
    parts: list[Any] = [icon("unplugged"), html.Span(said)]
    if retry is not None:
        parts.append(retry)
    return html.Div(
        parts, className="notice error", role="alert", **hyphened({"data-state": "failed"})
    )


def try_again() -> html.Button:
    """For `retry`: all that listens to `live` asks again, as after a gap; see assets/live.js."""
    return button("Try again", glyph="refresh", quiet=True, **hyphened({"data-again": "true"}))


def notice(words: Sequence[Any] | str, *, tone: str = "", glyph: str = "info") -> html.Div:
    """A sentence that matters; `tone` is "", "error" or "good"."""
    inside = html.Span(words if isinstance(words, str) else list(words))
    return html.Div([icon(glyph), inside], className=f"notice {tone}".rstrip(), role="status")
