"""The head of a page and the panels below it."""

from collections.abc import Sequence
from typing import Any

from dash import html

from ui.components.attributes import hyphened


def page_head(
    title: str,
    answer: Any = "",
    *,
    filters: Sequence[Any] = (),
    actions: Sequence[Any] = (),
    answer_id: Any = None,
) -> html.Header:
    """Title, the answer in one line, filters, actions; of the actions at most one is filled.

    `answer_id` lets a callback write the answer.
    """
    said = html.P(answer, className="answer", **({"id": answer_id} if answer_id else {}))
    parts: list[Any] = [html.Div([html.H1(title), said])]
    if actions:
        parts.append(html.Div(list(actions), className="row wrap"))
    if filters:
        parts.append(html.Div(list(filters), className="row wrap filters"))
    return html.Header(parts, className="page-head")


def page(*children: Any) -> html.Div:
    """What a page's layout returns: head first, 24 px between its parts."""
    return html.Div(list(children), className="stack wide")


def panel(
    *children: Any,
    title: Any = "",
    note: Any = "",
    actions: Sequence[Any] = (),
    flush: bool = False,
    **attributes: Any,
) -> html.Section:
    """A surface with a border; `flush` lets a grid reach its edges."""
    head: list[Any] = []
    if title or actions:
        words = [html.H2(title), *([html.P(note, className="dim small")] if note != "" else [])]
        tools = html.Div(list(actions), className="row wrap")
        head = [html.Div([html.Div(words), tools], className="panel-head")]
    return html.Section(
        [*head, *children], className="panel flush" if flush else "panel", **attributes
    )


def facts(rows: Sequence[tuple[str, Any]]) -> html.Dl:
    """Names and values, one a line."""
    pairs = [part for name, value in rows for part in (html.Dt(name), html.Dd(value))]
    return html.Dl(pairs, className="facts")


def table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()
) -> html.Div:
    """A few rows without sorting; cards on a phone. For many rows see grid."""
    head = html.Tr([html.Th(name, className=_side(n, right)) for n, name in enumerate(columns)])
    body = [
        html.Tr(
            [
                html.Td(cell, className=_side(n, right), **hyphened({"data-name": columns[n]}))
                for n, cell in enumerate(row)
            ]
        )
        for row in rows
    ]
    drawn = html.Table([html.Thead(head), html.Tbody(body)], className="table")
    return html.Div(drawn, className="table-scroll")


def _side(number: int, right: Sequence[int]) -> str:
    return "right number" if number in right else ""
