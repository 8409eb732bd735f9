"""Which page a path means; its layout is drawn anew only when the path changes.

Dash's own router draws a page again with every change of the query string, which is where all
filters stand: the page would fall back to its skeleton with each click.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import dash
from dash import Input, Output, State, callback, html

from ui.components.button import link_button
from ui.components.states import first_use


class Found(NamedTuple):
    """A page of the registry and the variables of its path."""

    page: Mapping[str, Any]
    variables: dict[str, str]


def find(registry: Mapping[str, Mapping[str, Any]], path: str) -> Found | None:
    """The page at a path, or that is `also` there, or whose `path_template` fits it."""
    wanted = path.rstrip("/") or "/"
    for page in registry.values():
        if wanted in (page["path"], *page.get("also", ())) and not page.get("path_template"):
            return Found(page, {})
    for page in registry.values():
        if template := page.get("path_template"):
            pattern = re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", str(template))
            if match := re.fullmatch(pattern, wanted):
                return Found(page, match.groupdict())
    return None


@callback(
    Output("page", "children"),
    Output("page-title", "data"),
    Input("url", "pathname"),
    State("url", "search"),
)
async def show(path: str, search: str | None) -> tuple[Any, str]:
    """The page's layout: `layout(search=..., **variables)`."""
    found = find(dash.page_registry, path or "/")
    if found is None:
        return _not_found(path), "Not found"
    made = found.page["layout"](search=search or "", **found.variables)
    return made, str(found.page["name"])


def _not_found(path: str) -> html.Div:
    words = f"There is no page at {path[:200]}. It may have been renamed, or the link is cut."
    return first_use("Nothing here", words, action=link_button("To the first page", "/"))
