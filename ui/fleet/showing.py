"""The fleet in rows, counts and one line."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html

from schemas.filters import Filter
from ui.address import with_params
from ui.components.attributes import hyphened
from ui.components.page import panel
from ui.components.severity import shape_of
from ui.components.states import first_use, no_match
from ui.components.text import shown_text
from ui.components.times import ago, parsed
from ui.fleet.asking import STATES, cleared, is_narrowed, toggled
from ui.fleet.reading import ROWS, Fleet

_TILES: Final = 300
_SNIPPET: Final = "foreshock ingest /var/log/syslog --source shop\nHOST_METRICS=true foreshock up"


def rows_of(found: Sequence[Mapping[str, Any]], chosen: str) -> list[dict[str, Any]]:
    """Rows of the grid, flat; shares are from 0 to 1."""
    return [
        {
            **one,
            "sources": ", ".join(one["sources"]),
            "services": ", ".join(one["services"]),
            "cpu": _share(one["cpu_usage"]),
            "memory": _share(one["memory_used_percent"]),
            "disk": _share(one["disk_used_percent"]),
            "firing": one["firing"] or None,
            "chosen": one["host"] == chosen,
        }
        for one in found
    ]


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def answer(fleet: Fleet, filter_: Filter) -> list[Any]:
    """How many are not well, the worst first."""
    counts = fleet.counts
    chosen = filter_.values("state") or STATES
    total = sum(counts[state] for state in chosen)
    of = "that match" if is_narrowed(filter_) else ""
    hosts = f"{total:,} {'host' if total == 1 else 'hosts'} {of}".strip()
    worst = next((one for one in fleet.rows if one["state"] == "alerting"), None)
    bad = [f"{counts[state]:,} {state}" for state in ("alerting", "silent") if counts[state]]
    if not bad:
        return [html.Strong(f"All well on {hosts}")]
    said = [html.Strong(" and ".join(bad)), f" of {sum(counts.values()):,} hosts"]
    if worst:
        said.append(f", worst {shown_text(worst['host'], 80)} ({worst['severity']})")
    elif quiet := _longest_silent(fleet.rows):
        said.append(f", the longest since {ago(quiet)}")
    return said


def _longest_silent(rows: Sequence[Mapping[str, Any]]) -> str | None:
    seen = [str(one["last_seen"]) for one in rows if one["silent"] and one["last_seen"]]
    return min(seen, key=parsed, default=None)


def chips(fleet: Fleet, filter_: Filter, search: str) -> list[Any]:
    """A state with its count, to choose and to let go."""
    chosen = filter_.values("state")
    made: list[Any] = [
        html.A(
            [_shape(state), state, html.Span(f"{fleet.counts[state]:,}", className="number dim")],
            href=toggled(search, state),
            className=f"chip link severity-{_tone(state)}",
            **hyphened({"aria-current": "true"} if state in chosen else {}),
        )
        for state in STATES
    ]
    if is_narrowed(filter_):
        made.append(html.A("Clear filters", href=cleared(search), className="small"))
    return made


def _tone(state: str) -> str:
    return {"alerting": "critical"}.get(state, state)


def _shape(state: str) -> html.Span:
    return html.Span(
        className=f"icon shape shape-{_tone(state)}", **hyphened({"aria-hidden": "true"})
    )


def tiles(fleet: Fleet, search: str) -> list[Any]:
    """A shape for each host, the worst first; of a large fleet those alone that are not well."""
    rows = fleet.rows
    if len(rows) > _TILES:
        rows = [one for one in rows if one["state"] != "ok"][:_TILES]
    left = len(fleet.rows) - len(rows)
    drawn: list[Any] = [_tile(one, search) for one in rows]
    drawn += [html.Span(f"and {left:,} more in the list", className="dim small")] if left else []
    words = hyphened({"aria-label": "Hosts by state"})
    return [html.Div(drawn, className="tiles", role="group", **words)] if drawn else []


def _tile(one: Mapping[str, Any], search: str) -> html.A:
    shape = shape_of(str(one["severity"])) if one["severity"] else str(one["state"])
    words = f"{shown_text(one['host'], 120)}: {one['state']}"
    words += f", {one['severity']}" if one["severity"] else ""
    sel = {"sel": str(one["host"])}
    return html.A(
        html.Span(className=f"icon shape shape-{shape}"),
        href=f"/fleet{with_params(search, sel)}",
        className=f"tile severity-{shape}",
        title=words,
        **hyphened({"aria-label": words}),
    )


def options(rows: Sequence[Mapping[str, Any]], name: str, chosen: Sequence[str]) -> list[Any]:
    """What there is to filter by: names of the rows, and what is chosen already."""
    names = sorted({*chosen, *(one for row in rows for one in row[name])})
    return [{"value": one, "label": shown_text(one, 80)} for one in names]


def nothing(fleet: Fleet, filter_: Filter, search: str) -> list[Any]:
    """Why there is no row; empty where there are some."""
    if fleet.rows:
        return []
    if is_narrowed(filter_):
        return [panel(no_match(None, noun="match", clear_href=cleared(search)))]
    words = "A host appears with its first line, point or alert. Start with what this machine says."
    return [panel(first_use("No host yet", words, snippet=_SNIPPET, glyph="fleet"))]


def more(fleet: Fleet, search: str, cursor: str) -> list[Any]:
    """Where the rest of a large fleet is."""
    parts: list[Any] = []
    if cursor:
        parts.append(
            html.A("From the first", href=f"/fleet{with_params(search, {'cursor': None})}")
        )
    if fleet.next_cursor:
        there = with_params(search, {"cursor": fleet.next_cursor})
        parts.append(html.Span(f"{ROWS:,} hosts at a time", className="dim"))
        parts.append(html.A(f"The next {ROWS:,}", href=f"/fleet{there}", className="button"))
    return [html.Div(parts, className="row between fleet-more")] if parts else []
