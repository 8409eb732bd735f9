"""The ways to the pages: the sidebar, on a phone the bar at the bottom."""

from collections.abc import Sequence

from dash import html

from ui.components.attributes import hyphened
from ui.components.icon import icon
from ui.navigation import BOTTOM, Entry


def nav_link(entry: Entry) -> html.A:
    """One page of the menu; assets/shell.js marks the current one."""
    return html.A(
        [
            icon(entry.icon),
            html.Span(entry.name, className="nav-name"),
            html.Span(className="count", id={"type": "nav-count", "path": entry.path}),
        ],
        href=entry.path,
        className="nav",
        title=f"{entry.name} (g {entry.key})",
        **hyphened({"data-nav": entry.path, "data-go": entry.key}),
    )


def sidebar(menu: Sequence[Entry]) -> html.Nav:
    """Every page of the menu."""
    return html.Nav(
        [nav_link(entry) for entry in menu],
        className="sidebar",
        **hyphened({"aria-label": "Pages"}),
    )


def bottom_bar(menu: Sequence[Entry]) -> html.Nav:
    """The first four and "more"; all five when there are no more than five."""
    whole = len(menu) <= BOTTOM + 1
    links = [
        html.A(
            [icon(entry.icon), html.Span(entry.name)],
            href=entry.path,
            **hyphened({"data-nav": entry.path}),
        )
        for entry in (menu if whole else menu[:BOTTOM])
    ]
    more = html.Button(
        [icon("more"), html.Span("More")], type="button", **hyphened({"data-sheet": "more-sheet"})
    )
    return html.Nav(
        [*links, *([] if whole else [more])],
        className="bottom-bar",
        **hyphened({"aria-label": "Pages, in short"}),
    )
