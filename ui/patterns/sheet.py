"""What the drawer of one pattern shows: its course, real lines, the values of its variables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from dash import html

from schemas.pattern_lists import LEVELS
from ui.components import chart as charts
from ui.components.attributes import hyphened
from ui.components.button import button, link_button
from ui.components.number import delta, number
from ui.components.page import facts
from ui.components.severity import severity
from ui.components.template import template
from ui.components.text import outside_text, shown_text
from ui.components.times import moment
from ui.patterns.rows import better_of, worst

_MOST_PLACES: Final = 6


def course(series: Mapping[str, Any], start: str, end: str) -> html.Div:
    """Its lines by time, one colour a level."""
    drawn = charts.figure("", uirevision="pattern", start=start, end=end)
    named = {one["name"]: one["values"] for one in series["series"]}
    known = [level for level in LEVELS if sum(named.get(level, ()))]
    for level in known:
        charts.add_bars(drawn, level, series["timestamps"], named[level], severity=level)
    words = f"{series['total']:,} lines by time and level"
    key = [severity(level) for level in reversed(known)]
    return html.Div(
        [
            charts.chart("pattern-chart", drawn, height="180px", label=words),
            html.Div(key, className="chart-key"),
        ],
        className="stack tight",
    )


def said_of(row: Mapping[str, Any]) -> html.Dl:
    """Facts of the window, then of all time."""
    level = worst(row["severities"])
    levels = [
        html.Span([severity(word), number(lines)], className="row")
        for word, lines in sorted(row["severities"].items(), key=lambda one: -LEVELS.index(one[0]))
    ]
    change = delta(row["change"], better=better_of(level)) if row["change"] is not None else ""
    before = [number(row["previous_count"], "lines"), " before", html.Span(" "), change]
    lines = [number(row["count"], "lines"), f", {row['share'] * 100:.3g} % of all"]
    return facts(
        [
            ("Lines", lines),
            ("Period before", before),
            ("Levels", html.Div(levels, className="row wrap loose")),
            ("Seen", ["first ", moment(row["first_seen"]), ", last ", moment(row["last_seen"])]),
            ("Services", names(row["services"])),
            ("Sources", names(row["sources"])),
        ]
    )


def names(values: Sequence[str]) -> Any:
    """Some names in mono, and how many more."""
    if not values:
        return html.Span("none named", className="dim")
    shown = [html.Code(shown_text(one, 80)) for one in values[:_MOST_PLACES]]
    more = len(values) - len(shown)
    parts: list[Any] = [*shown, *([html.Span(f"and {more} more", className="dim")] if more else [])]
    return html.Div(parts, className="row wrap loose")


def hosts(series: Mapping[str, Any]) -> html.Div:
    """Hosts by their lines, the most first."""
    sums = [(str(one["name"]), sum(one["values"])) for one in series["series"]]
    return shares([(name or "no host named", n) for name, n in sorted(sums, key=lambda o: -o[1])])


def shares(counts: Sequence[tuple[str, int]], total: int | None = None) -> html.Div:
    """Values with bars; `total` is what a whole bar stands for."""
    whole = total or sum(lines for _, lines in counts) or 1
    rows = []
    for value, lines in counts:
        width = f"{min(100.0, lines * 100 / whole):.1f}%"
        rows += [
            html.Code(
                shown_text(value, 200) or "(empty)", className="cut", title=shown_text(value)
            ),
            html.Span(html.Span(style={"width": width}), className="share"),
            number(lines),
        ]
    return html.Div(rows, className="shares")


def slots(found: Mapping[str, Any]) -> Any:
    """The values that stood in each variable's place."""
    if not found["slots"]:
        return html.P("This pattern has no variables.", className="dim")
    if not found["fitting"]:
        words = "None of the lines that could be read again shows the values: they are past"
        return html.P(f"{words} retention, or none is in this time.", className="dim")
    parts: list[Any] = []
    for slot in found["slots"]:
        distinct = f"{slot['distinct']:,} different" if slot["distinct"] != 1 else "always the same"
        head = html.Div(
            [template(f"<{slot['type']}>"), html.Span(distinct, className="dim small")],
            className="row",
        )
        values = [(one["value"], one["lines"]) for one in slot["values"]]
        parts.append(html.Div([head, shares(values, found["fitting"])], className="stack tight"))
    read = f"Out of the newest {found['fitting']:,} lines of this time."
    return html.Div([*parts, html.P(read, className="dim small")], className="stack")


def samples(found: Mapping[str, Any]) -> html.Div:
    """Newest real lines, one a source, each with the way to its neighbours."""
    lines: list[Any] = [_sample(one) for one in found["items"] if one["text"] is not None]
    if not lines:
        why = "Retention has deleted the newest lines; this is the first one that was ever seen."
        lines = [html.P(why, className="dim small"), html.Pre(outside_text(found["kept"]))]
    return html.Div(lines, className="stack tight samples")


def _sample(one: Mapping[str, Any]) -> html.Div:
    place = f"{one['topic']}:{one['partition']}:{one['offset']}:{one['line']}"
    around = html.A("In its place", href=f"/logs?sel={quote(place)}", className="small")
    source = html.Span(shown_text(one["source"], 80), className="dim small cut")
    head = html.Div([source, around], className="row between")
    return html.Div([head, html.Pre(outside_text(one["text"]))])


def actions(uid: str, link: str) -> list[Any]:
    """What one does next."""
    copy = hyphened({"data-copy-link": link})
    return [
        link_button("Show lines", f"/logs?pattern={quote(uid)}", glyph="logs", filled=True),
        button("Copy link", glyph="link", quiet=True, **copy),
    ]


def section(title: str, body: Any, note: str = "") -> html.Section:
    """A part of the drawer under its own name."""
    said = [html.Span(note, className="dim small")] if note else []
    return html.Section([html.Div([html.H3(title), *said], className="row"), body],
                        className="stack tight")  # fmt: skip
