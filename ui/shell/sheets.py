"""Sheets over the page: the keys, and on a phone the rest of the menu."""

from collections.abc import Sequence
from typing import Final

from dash import html

from ui.components.attributes import hyphened
from ui.components.button import icon_button
from ui.components.icon import icon
from ui.navigation import BOTTOM, Entry

KEYS: Final = (
    ("/", "search"),
    ("?", "these keys"),
    ("j", "next row"),
    ("k", "row before"),
    ("enter", "open the row"),
    ("x", "select the row"),
    ("e", "acknowledge"),
    ("r", "resolve"),
    ("m", "assign to me"),
    ("w", "wrap log lines"),
    ("f", "follow log lines"),
    ("[", "range back"),
    ("]", "range forward"),
    (".", "live on and off"),
    ("t", "dark or light"),
    ("esc", "close"),
)


def help_sheet(menu: Sequence[Entry]) -> html.Dialog:
    """Every key, from the same menu that the sidebar is made of."""
    pages = [(f"g {entry.key}", entry.name) for entry in menu]
    rows = [html.Div([html.Span(words), html.Kbd(key)]) for key, words in (*KEYS, *pages)]
    return _sheet("help-sheet", "Keys", html.Div(rows, className="keys"))


def more_sheet(menu: Sequence[Entry]) -> html.Dialog:
    """What the bottom bar has no room for, and the theme, which the top bar leaves out."""
    links = [
        html.A(
            [icon(entry.icon), entry.name],
            href=entry.path,
            className="nav",
            **hyphened({"data-nav": entry.path}),
        )
        for entry in menu[BOTTOM:]
    ]
    theme = html.Button(
        [icon("moon"), "Dark or light"],
        className="button",
        type="button",
        **hyphened({"data-theme": "flip"}),
    )
    return _sheet("more-sheet", "More", html.Div([*links, theme], className="stack"))


def _sheet(id: str, title: str, inside: html.Div) -> html.Dialog:
    head = html.Div(
        [html.H2(title), icon_button("close", "Close (esc)", **hyphened({"data-close": "sheet"}))],
        className="row between",
    )
    return html.Dialog([head, inside], id=id, className="sheet", **hyphened({"aria-label": title}))
