"""Icons, drawn in assets/icons.css and used as masks, so they take the colour of the text."""

from dash import html

from ui.components.attributes import hyphened


def icon(name: str, label: str = "") -> html.Span:
    """The icon of this name; with a label it is read out, without one it is decoration."""
    if label:
        return html.Span(
            className=f"icon icon-{name}", role="img", **hyphened({"aria-label": label})
        )
    return html.Span(className=f"icon icon-{name}", **hyphened({"aria-hidden": "true"}))
