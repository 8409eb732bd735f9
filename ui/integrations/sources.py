"""What sends: every source with its rate, its lag and what went wrong last."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from dash import dcc, html

from schemas.filters import PAGING
from schemas.roles import Permission, Role, may
from ui.address import first, with_params
from ui.clocks import clockwork
from ui.components.button import button, csv_link
from ui.components.drawer import drawer_content
from ui.components.grid import column, grid
from ui.components.number import number
from ui.components.page import facts, panel
from ui.components.severity import demo_badge, state
from ui.components.states import first_use, no_match
from ui.components.text import shown_text
from ui.components.times import moment
from ui.links import api_path, filtered
from ui.visit import api

LIMIT: Final = 200
SORTS: Final = {
    "": "By name",
    "-last_seen": "Newest first",
    "-accepted": "Largest first",
    "-in_flight": "Most in flight",
    "-dead_lettered": "Most dead letters",
}
KINDS: Final = ("lines", "points")
TICK_MS: Final = 5000
_PATH: Final = "/integrations-admin"


def query_of(search: str) -> dict[str, Any]:
    """What the URL asks of /sources; what it does not know is left out. Pure."""
    kind, sort = first(search, "kind"), first(search, "sort")
    asked = {
        "q": first(search, "q"),
        "kind": kind if kind in KINDS else "",
        "silent": "true" if first(search, "silent") == "true" else "",
        "sort": sort if sort in SORTS else "",
        "cursor": first(search, "cursor"),
    }
    return {"limit": LIMIT, **{name: value for name, value in asked.items() if value}}


def is_narrowed(search: str) -> bool:
    """Whether a filter may hide sources. Pure."""
    return bool({"q", "kind", "silent"} & set(query_of(search)))


def rows_of(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the list shows. Pure."""
    return [
        {
            "id": f"{one['kind']}/{one['source']}",
            "source": one["source"],
            "kind": one["kind"],
            "rate": one["rate_per_s"],
            "lag": one["lag_seconds"],
            "last_seen": one["last_seen"],
            "accepted": one["accepted"],
            "dead_lettered": one["dead_lettered"],
            "error": _error(one["last_error"]),
            "state": "silent" if one["silent"] else "ok",
        }
        for one in items
    ]


def _error(error: Mapping[str, Any] | None) -> str:
    if not error:
        return ""
    detail = f": {error['detail']}" if error["detail"] else ""
    return shown_text(f"{error['reason']}{detail}", 160)


def answer(found: Mapping[str, Any], silent: int) -> list[Any]:
    """In one line, the worst first. Pure."""
    total = found["total"] if found["total"] is not None else len(found["items"])
    noun = "source" if total == 1 else "sources"
    if silent:
        verb = "is" if silent == 1 else "are"
        loud = html.Strong(f"{silent:,} {verb} silent", className="severity-warning")
        return [loud, f" of {total:,} {noun}"]
    return [html.Strong(f"{total:,} {noun}"), " known, none is silent"]


def part(found: Mapping[str, Any], search: str) -> html.Div:
    """The list with its pages."""
    items = found["items"]
    if not items and not is_narrowed(search) and not first(search, "cursor"):
        said = (
            "Drop a log file above, or copy a recipe below: a source appears with its first line"
            " or metric point, within seconds."
        )
        return html.Div(panel(first_use("Nothing sends yet", said, glyph="integrations")))
    shown: Any = _grid(rows_of(items)) if items else no_match(None, clear_href=_PATH)
    badge = [demo_badge()] if any(one["demo"] for one in items) else []
    note = html.Span(count_of(found), id="integrations-count")
    asked = {name: text for name, text in query_of(search).items() if name not in PAGING}
    csv = csv_link("sources", f"?{urlencode(asked)}")
    pages = _pages(search, found.get("next_cursor"))
    listed = panel(shown, title="What sends", note=note, actions=[*badge, csv, *pages], flush=True)
    # With the list whose figures it renews: without one there is nothing to renew.
    renewal = [*clockwork("integrations-tick", TICK_MS), dcc.Store(id="integrations-came")]
    return html.Div([listed, *(renewal if items else [])])


def count_of(found: Mapping[str, Any]) -> str:
    """How many of how many are shown. Pure."""
    shown, total = len(found["items"]), found["total"]
    return f"{shown:,}" if total is None else f"{shown:,} of {total:,}"


def _pages(search: str, following: str | None) -> list[html.A]:
    links = []
    if first(search, "cursor"):
        href = f"{_PATH}{with_params(search, {'cursor': None, 'sel': None})}"
        links.append(html.A("First page", href=href, className="button"))
    if following:
        href = f"{_PATH}{with_params(search, {'cursor': following, 'sel': None})}"
        links.append(html.A("Next page", href=href, className="button"))
    return links


def _grid(rows: Sequence[dict[str, Any]]) -> html.Div:
    columns = [
        column("source", "Source", "mono", flex=2, width=180, sortable=False),
        column("kind", "Kind", width=80, sortable=False),
        column("state", "State", "state", width=90, sortable=False),
        column("rate", "Rate", "number", width=110, unit="/s", sortable=False),
        column("lag", "Lag", "number", width=90, unit="s", sortable=False),
        column("last_seen", "Last seen", "ago", width=120, sortable=False),
        column("accepted", "Accepted", "number", width=110, sortable=False),
        column("dead_lettered", "Dead letters", "number", width=110, sortable=False),
        column("error", "Last error", flex=1, width=150, sortable=False),
    ]
    return grid(
        "integrations-sources",
        columns,
        rows,
        row_id="id",
        title_field="source",
        card_fields=("state", "kind", "rate", "last_seen", "error"),
        height="calc(var(--row) * 11)",
        label="Sources",
    )


async def details(name: str, role: Role) -> list[Any]:
    """One source in the drawer. Raises Unavailable, ApiProblem."""
    books = await api().get(api_path("sources", name))
    parts = [_books(one) for one in books["items"]]
    test = button(
        "Send a test event", id={"type": "source-test", "source": name}, glyph="play", filled=True
    )
    actions: list[Any] = [
        html.A("Its patterns", href=filtered("/patterns", {"source": name}), className="button"),
        html.A("Its lines", href=filtered("/logs", {"source": name}), className="button"),
    ]
    if may(role, Permission.WRITE_SOURCES) and not any(one["demo"] for one in books["items"]):
        actions.insert(0, test)
    result = html.Div(id={"type": "source-tested", "source": name}, className="bare")
    return drawer_content(shown_text(name, 200), *parts, result, actions=actions)


def _books(one: Mapping[str, Any]) -> html.Div:
    stored = "Parsed" if one["kind"] == "lines" else "Stored"
    rows: list[tuple[str, Any]] = [
        ("State", [state("silent" if one["silent"] else "ok"), *_demo(one)]),
        ("Rate", [number(one["rate_per_s"]), f" {one['kind']}/s"]),
        ("Last seen", moment(one["last_seen"], relative=True)),
        ("Lag", number(one["lag_seconds"], "s")),
        ("Accepted", number(one["accepted"])),
        (stored, number(one["stored"])),
        ("Deduplicated", number(one["deduplicated"])),
        ("Dead-lettered", number(one["dead_lettered"])),
        ("In flight", number(one["in_flight"])),
        ("Last error", _last_error(one["last_error"])),
    ]
    title = "Log lines" if one["kind"] == "lines" else "Metric points"
    return html.Div([html.H3(title), facts(rows)], className="stack")


def _demo(one: Mapping[str, Any]) -> list[Any]:
    return [" ", demo_badge()] if one["demo"] else []


def _last_error(error: Mapping[str, Any] | None) -> Any:
    if not error:
        return "none that is kept"
    href = f"/pipeline?{urlencode({'tab': 'letters', 'sel': error['letter']})}"
    return html.Div([html.A(_error(error), href=href), " ", moment(error["at"], relative=True)])
