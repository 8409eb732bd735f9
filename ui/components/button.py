"""Buttons and fields as our stylesheet draws them."""

from typing import Any

from dash import dcc, html

from ui.components.attributes import hyphened
from ui.components.icon import icon


def button(
    words: str,
    *,
    id: Any = None,
    glyph: str = "",
    filled: bool = False,
    quiet: bool = False,
    danger: bool = False,
    key: str = "",
    once: bool = False,
    **attributes: Any,
) -> html.Button:
    """One filled button a view; `key` is the key that presses it, shown on hover; with `once` a
    double click presses it once.
    """
    looks = {"filled": filled, "quiet": quiet, "danger": danger}
    style = " ".join(["button", *(name for name, wanted in looks.items() if wanted)])
    if key:
        attributes |= {"data-key": key, "title": f"{words} ({key})"}
    if id is not None:
        attributes["id"] = id
    if once:
        attributes["data-once"] = "true"
    attributes.setdefault("type", "button")
    return html.Button([*([icon(glyph)] if glyph else []), words], className=style, **attributes)


def icon_button(glyph: str, words: str, *, id: Any = None, **attributes: Any) -> html.Button:
    """A square button whose words are its label and its tooltip."""
    if id is not None:
        attributes["id"] = id
    attributes.setdefault("title", words)
    attributes.setdefault("type", "button")
    return html.Button(
        icon(glyph),
        className="button quiet square",
        **hyphened({"aria-label": words, **attributes}),
    )


def link_button(words: str, href: str, *, glyph: str = "", filled: bool = False) -> html.A:
    """Leads to another page of the workspace, looking like a button."""
    style = "button filled" if filled else "button"
    return html.A([*([icon(glyph)] if glyph else []), words], href=href, className=style)


def csv_link(noun: str, query: str, *, title: str = "The whole list as a file") -> html.A:
    """A list of the API as a file; `query` is empty, or its filter after a question mark."""
    return html.A(
        [icon("download"), "CSV"],
        href=f"/export/{noun}{query}",
        download=f"{noun}.csv",
        className="button",
        title=title,
    )


def field(label: str, control: Any, *, note: str = "") -> html.Div:
    """A control under its label; the control must have an id that is a text."""
    parts = [html.Label(label, htmlFor=control.id), control]
    if note:
        parts.append(html.Span(note, className="dim small"))
    return html.Div(parts, className="field")


def text_input(id: str, *, type: Any = "text", value: str = "", **attributes: Any) -> dcc.Input:
    """One line of text; its `value` is what was typed."""
    return dcc.Input(id=id, type=type, value=value, className="input", **attributes)


def find_input(id: str, label: str, value: str = "", **attributes: Any) -> html.Div:
    """Looks for something while one types; its label is read out, and stands in it while it is
    empty.
    """
    typed = text_input(
        id,
        type="search",
        value=value,
        placeholder=label,
        debounce=0.4,
        maxLength=200,
        **attributes,
    )
    return html.Div(
        [html.Label(label, htmlFor=id, className="visually-hidden"), typed], className="find"
    )
