"""A sheet beside the page, 560 px wide; the whole screen on a phone.

It is open while it is not hidden. Escape, the cross and the back button close it: its `data-param`
names the parameter of the URL that holds what is shown, which assets/shell.js takes out.
"""

from collections.abc import Sequence
from typing import Any

from dash import html

from ui.components.attributes import hyphened
from ui.components.button import icon_button


def drawer(id: str, *, param: str = "sel") -> html.Aside:
    """The empty, closed drawer of a page; a callback writes `children` and `hidden` of `id`."""
    return html.Aside(
        id=id,
        className="drawer",
        hidden=True,
        role="dialog",
        tabIndex="-1",
        **hyphened({"data-param": param, "aria-label": "Details"}),
    )


def drawer_content(
    title: Any, *children: Any, note: Any = "", actions: Sequence[Any] = ()
) -> list[Any]:
    """What goes into it: a head with the cross, a body that scrolls, actions below."""
    words = html.Div([html.H2(title), html.Div(note, className="dim small")])
    close = icon_button("close", "Close (esc)", **hyphened({"data-close": "drawer"}))
    return [
        html.Div([words, close], className="drawer-head"),
        html.Div(html.Div(list(children), className="stack"), className="drawer-body"),
        html.Div(list(actions), className="drawer-foot"),
    ]
