"""The topics: what each holds, for how long, and who writes and reads it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from ui.components.number import number
from ui.components.page import panel, table
from ui.components.text import shown_text


def part(items: Sequence[Mapping[str, Any]]) -> html.Div:
    """All declared topics, drawn again as they fill."""
    return html.Div(drawn(items), id="pipeline-topics", className="topics")


def drawn(items: Sequence[Mapping[str, Any]]) -> html.Section:
    """One a row; one that the broker does not have says so."""
    names = ("Topic", "Records", "On disk", "Partitions", "Kept for", "Written by", "Read by")
    rows = [_row(one) for one in items]
    missing = sum(not one["exists"] for one in items)
    note = f"{len(items)} topics" + (f", {missing} not made yet" if missing else "")
    return panel(table(names, rows, right=(1, 2, 3, 4)), title="Topics", note=note)


def _row(one: Mapping[str, Any]) -> list[Any]:
    name = html.Div(
        [
            html.Code(shown_text(str(one["name"]), 120)),
            html.Div(shown_text(str(one["record"]), 160), className="dim small"),
        ],
        className="topic-name",
    )
    kept = number(one["retention_seconds"], "s") if one["retention_seconds"] else one["cleanup"]
    return [
        name,
        number(one["records"]) if one["exists"] else html.Span("not made yet", className="dim"),
        number(one["bytes"], "bytes"),
        number(one["partitions"]),
        kept,
        html.Span(shown_text(str(one["written_by"]), 120), className="dim small"),
        html.Span(shown_text(str(one["read_by"]), 120), className="dim small"),
    ]
