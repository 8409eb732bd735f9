"""How the list of patterns is drawn: its answer in one line, its grid, its sum."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from schemas.filters import Sort
from ui.address import first, period, with_params
from ui.components.button import csv_link
from ui.components.grid import column, grid
from ui.components.page import panel
from ui.components.states import first_use, no_match
from ui.integrations.sending import SEND_LINES
from ui.links import window
from ui.patterns.asking import is_narrowed, same_list
from ui.patterns.rows import Sum

TICK_MS: Final = 15_000
SORTS: Final = ("count", "change", "first_seen", "last_seen")


def body_of(search: str | None, rows: Sequence[Mapping[str, Any]], sort: Sort | None) -> Any:
    """The grid, or why it is empty."""
    if rows:
        return _grid(rows, sort or Sort("count", descending=True))
    if is_narrowed(search):
        return no_match(None, noun="match", clear_href=cleared())
    words = "Patterns appear with the first lines that come in. A longer range may show older ones."
    return first_use("No pattern in this time", words, snippet=SEND_LINES, glyph="patterns")


def cleared() -> str:
    """The page without its filters; a link carries the time range along."""
    return "/patterns"


def _grid(rows: Sequence[Mapping[str, Any]], sort: Sort) -> html.Section:
    columns = [
        column("mark", "", "state", width=72, sortable=False),
        column("template", "Pattern", "template", width=280, flex=1, sortable=False),
        column("count", "Lines", "number", width=80),
        column("share", "Share", "share", width=112, sortable=False),
        column("trend", "Trend", "spark", width=96, sortable=False),
        column("change", "Change", "delta", width=80),
        column("first_seen", "First seen", "ago", width=104),
        column("level", "Level", "severity", width=96, sortable=False),
        column("services", "Services", "text", width=112, sortable=False),
    ]
    for one in columns:
        if one["field"] == sort.field:
            one["sort"] = "desc" if sort.descending else "asc"
    if not any(row["mark"] for row in rows):
        columns = columns[1:]
    drawn = grid(
        "patterns-grid",
        columns,
        rows,
        row_id="uid",
        title_field="template",
        card_fields=("mark", "level", "count", "change", "trend"),
        height="62vh",
        label="Patterns",
        server_sorted=True,
        order_in_url=True,
    )
    return panel(drawn, flush=True)


def answer_of(search: str | None, found: Mapping[str, Any]) -> list[Any]:
    """How many patterns, of how many lines, how many of them new."""
    new = sum(row["new"] for row in found["items"])
    more = "at least " if found["next_cursor"] else ""
    said = [html.Strong(f"{found['total']:,} patterns"), f" hold {found['total_lines']:,} lines "]
    said.append(_time(search))
    if found["total"]:
        said.append(f"; {more}{new:,} of them were first seen in it")
    return said


def _time(search: str | None) -> str:
    when = period(search)
    return f"of the last {when.name}" if when.moving else "of the chosen time"


def sum_words(shown: Sum) -> list[Any]:
    """Σ of the counts that are shown against all lines, in words."""
    if not shown.all_patterns:
        return []
    total = html.Strong(f"Σ = {shown.all_lines:,} lines", className="number")
    if shown.whole and shown.balances:
        of = f"the {shown.patterns:,} counts add up to all lines of this list: it balances."
        return [total, f" · {of}"]
    part = f"the {shown.patterns:,} of {shown.all_patterns:,} counts that are shown add up to "
    return [total, f" · {part}{shown.lines:,}; the rest is further down."]


def tools(search: str | None) -> list[Any]:
    """The list as a file, and a link that opens what is shown."""
    kept = same_list(search)
    when = window(period(search))
    href = with_params(kept, {"range": None, "new": None, **when})
    if first(search, "new") == "1":
        href = with_params(href, {"new_since": when["from"]})
    return [csv_link("patterns", href)]
