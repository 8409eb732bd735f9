"""The search in the top bar: hosts, services, patterns and alerts by id or title."""

from typing import Any, Final
from urllib.parse import quote

from dash import Input, Output, callback, html

from ui.components.text import shown_text
from ui.links import params
from ui.shell.account import or_none

_LEAST: Final = 2
_GROUPS: Final = (
    ("alerts", "Alerts", "/alerts?sel={}"),
    ("hosts", "Hosts", "/fleet?sel={}"),
    ("services", "Services", "/logs?service={}"),
    ("patterns", "Patterns", "/patterns?sel={}"),
)


@callback(
    Output("search-results", "children"),
    Input("search-text", "value"),
    prevent_initial_call=True,
)
async def find(text: str | None) -> list[Any]:
    """What was found, grouped; nothing while less than two characters are typed."""
    wanted = (text or "").strip()
    if len(wanted) < _LEAST:
        return []
    found = await or_none("/search", q=wanted)
    if found is None:
        return [html.P("The search does not answer now.", className="who dim")]
    return results(found) or [html.P(f"Nothing is called “{wanted}”.", className="who dim")]


def results(found: dict[str, Any]) -> list[Any]:
    """Groups with links, in our order."""
    parts: list[Any] = []
    for key, title, href in _GROUPS:
        items = found.get(key) or []
        if items:
            parts.append(html.H3(title))
            parts += [_link(item, href, is_pattern=key == "patterns") for item in items]
    return parts


def _link(item: dict[str, Any], href: str, *, is_pattern: bool) -> html.A:
    """A pattern needs the whole line: its detail is in the hint."""
    words = shown_text(str(item.get("title") or item["id"]), 200)
    detail = shown_text(str(item.get("detail") or ""), 80)
    title = html.Span(words, className="cut mono" if is_pattern else "cut", title=words)
    parts = [title] if is_pattern else [title, html.Span(detail, className="dim small cut")]
    id = str(item["id"])
    value = params(service=id)["service"] if "service=" in href else id
    leads_to = href.format(quote(value, safe=""))
    return html.A(parts, title=detail if is_pattern else "", href=leads_to)
