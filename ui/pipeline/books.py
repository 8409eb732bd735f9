"""The books: for every source accepted = parsed + deduplicated + dead-lettered + in flight."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from dash import html

from schemas.demo import SOURCE_PREFIX
from ui.components.button import csv_link
from ui.components.grid import column, grid
from ui.components.number import number
from ui.components.page import panel
from ui.components.severity import demo_badge
from ui.components.states import first_use, no_match, notice
from ui.components.text import shown_text

MOST: Final = 500

_FIELDS: Final = ("accepted", "done", "deduplicated", "dead_lettered", "in_flight")


def rows_of(ledger: Mapping[str, Any], wanted: str = "") -> list[dict[str, Any]]:
    """Lines and points of every source as rows, those with a fault first, then the largest. Pure.

    `done` are parsed lines or stored points; `q` in `wanted` is a part of the name.
    """
    faulty = {fault["source"] for fault in ledger["faults"] if fault.get("source")}
    rows = [
        *(_row(one, "lines", one["parsed"], faulty) for one in ledger["sources"]),
        *(_row(one, "points", one["stored"], faulty) for one in ledger["metrics"]),
    ]
    found = [row for row in rows if wanted.lower() in str(row["source"]).lower()]
    return sorted(found, key=lambda row: (row["state"] == "ok", -row["accepted"], row["source"]))


def _row(one: Mapping[str, Any], kind: str, done: int, faulty: set[str | None]) -> dict[str, Any]:
    adds_up = one["accepted"] == done + sum(one[name] for name in _FIELDS[2:])
    return {
        "id": f"{kind}/{one['source']}",
        "source": one["source"],
        "kind": kind,
        "done": done,
        **{name: one[name] for name in _FIELDS if name != "done"},
        "state": "ok" if adds_up and one["source"] not in faulty else "failing",
    }


def sums_of(rows: Sequence[Mapping[str, Any]], kind: str) -> dict[str, int]:
    """Every column of the rows of a kind, added up. Pure."""
    own = [row for row in rows if row["kind"] == kind]
    return {name: sum(row[name] for row in own) for name in _FIELDS}


def part(ledger: Mapping[str, Any], wanted: str) -> html.Div:
    """The equation of each kind, the faults by name, the sources."""
    everything = rows_of(ledger)
    if not everything:
        said = "The books begin with the first line or metric point that comes in."
        return html.Div(first_use("Nothing was accepted yet", said, glyph="pipeline"))
    rows = rows_of(ledger, wanted)
    parts = [
        html.Div(sums(ledger), id="pipeline-books", className="stack"),
        _sources(rows, len(everything), wanted),
    ]
    return html.Div(parts, className="stack wide")


def sums(ledger: Mapping[str, Any]) -> list[Any]:
    """What is wrong, and the two equations."""
    rows = rows_of(ledger)
    lines = _equation("lines", "parsed", sums_of(rows, "lines"))
    points = _equation("points", "stored", sums_of(rows, "points"))
    return [*_faults(ledger), panel(html.Div([lines, points], className="equations"))]


def _faults(ledger: Mapping[str, Any]) -> list[html.Div]:
    return [
        notice(
            [
                html.Strong(shown_text(str(fault["kind"]), 80)),
                f": {shown_text(str(fault['detail']), 500)}",
            ],
            tone="error",
            glyph="info",
        )
        for fault in ledger["faults"][:20]
    ]


def _equation(noun: str, done: str, sums: Mapping[str, int]) -> html.Div:
    """`1,010 accepted = 1,000 parsed + 4 deduplicated + ...`, and whether that is so."""
    adds_up = sums["accepted"] == sum(sums[name] for name in _FIELDS[1:])
    terms = [
        ("", f"{noun} accepted", "accepted"),
        ("=", done, "done"),
        ("+", "deduplicated", "deduplicated"),
        ("+", "dead-lettered", "dead_lettered"),
        ("+", "in flight", "in_flight"),
    ]
    drawn = [
        html.Div(
            [
                html.Span(sign, className="sign"),
                html.Div([number(sums[name]), html.Div(word, className="dim small")]),
            ],
            className="term",
        )
        for sign, word, name in terms
    ]
    word = "adds up" if adds_up else "does not add up"
    tone = "ok" if adds_up else "critical"
    shape = html.Span(className=f"icon shape shape-{tone}")
    verdict = html.Div([shape, word], className=f"severity severity-{tone} verdict")
    return html.Div([*drawn, verdict], className="equation")


def _sources(rows: Sequence[dict[str, Any]], total: int, wanted: str) -> html.Section:
    cut = f", the first {MOST:,} are shown" if len(rows) > MOST else ""
    said = f"{len(rows):,} of {total:,} match" if wanted else f"{total:,} books"
    shown: Any = _grid(rows[:MOST]) if rows else no_match(total, clear_href="/pipeline?tab=ledger")
    demo = any(str(row["source"]).startswith(SOURCE_PREFIX) for row in rows)
    csv = csv_link("sources", f"?{urlencode({'q': wanted})}" if wanted else "")
    actions = [*([demo_badge()] if demo else []), csv]
    return panel(shown, title="By source", note=said + cut, actions=actions, flush=True)


def _grid(rows: Sequence[dict[str, Any]]) -> html.Div:
    columns = [
        column("source", "Source", "mono", flex=2, width=180),
        column("kind", "Kind", width=84),
        column("accepted", "Accepted", "number", width=104),
        column("done", "Parsed, stored", "number", width=124),
        column("deduplicated", "Deduplicated", "number", width=116),
        column("dead_lettered", "Dead-lettered", "number", width=120),
        column("in_flight", "In flight", "number", width=96),
        column("state", "Books", "state", width=96),
    ]
    return grid(
        "pipeline-ledger",
        columns,
        rows,
        row_id="id",
        title_field="source",
        card_fields=("state", "kind", "accepted", "dead_lettered", "in_flight"),
        height="calc(var(--row) * 12)",
        label="The books of each source",
    )
