"""Severity as a shape and a word, state as an outlined chip: never a colour alone."""

from typing import Final

from dash import html

from ui.components.attributes import hyphened

# These tables stand in assets/grid.js, too, which draws the cells of grids; a test compares them.
_TONES: Final = {
    "firing": "critical",
    "alerting": "critical",
    "lost": "critical",
    "failing": "critical",
    "failed": "critical",
    "stopped": "critical",
    "revoked": "critical",
    "disabled": "critical",
    "pending": "warning",
    "silent": "warning",
    "rising": "warning",
    "behind": "warning",
    "set aside": "warning",
    "expired": "warning",
    "acknowledged": "info",
    "assigned": "info",
    "new": "info",
    "resolved": "ok",
    "ok": "ok",
    "connected": "ok",
    "active": "ok",
    "sent again": "ok",
}
_MUTED: Final = ("suppressed", "disabled", "revoked", "expired")
_SHAPES: Final = {"critical", "high", "warning", "info", "low", "ok"}
# What log lines and anomalies call it, in the words that have a shape.
_OTHER_WORDS: Final = {
    "emergency": "critical",
    "alert": "critical",
    "fatal": "critical",
    "error": "high",
    "medium": "warning",
    "notice": "info",
    "debug": "low",
    "trace": "low",
    "unknown": "low",
}


def shape_of(word: str) -> str:
    """The shape and colour for a word of severity, be it an alert's, a line's or an anomaly's."""
    known = word.lower()
    return known if known in _SHAPES else _OTHER_WORDS.get(known, "low")


def severity(word: str) -> html.Span:
    """`critical`, `high`, ... with its shape."""
    shape = shape_of(word)
    drawn = html.Span(className=f"icon shape shape-{shape}", **hyphened({"aria-hidden": "true"}))
    return html.Span([drawn, word], className=f"severity severity-{shape}")


def state(word: str) -> html.Span:
    """A state in words, outlined in the colour of its meaning."""
    tone = _TONES.get(word.lower(), "")
    muted = " muted" if word.lower() in _MUTED else ""
    return html.Span(word, className=f"chip {tone}{muted}".rstrip())


def demo_badge() -> html.Span:
    """Marks what is made up."""
    return html.Span("demo", className="chip demo", title="Made up: foreshock demo --remove")
