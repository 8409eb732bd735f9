"""Text from outside, which is hostile: what cannot be seen is made visible, what is long is cut."""

from typing import Any, Final

from dash import html

from schemas.display import shown

_MOST: Final = 4096


def shown_text(text: str, most: int = _MOST) -> str:
    """As schemas.display shows it, but with its lines; cut after `most` characters."""
    lines = text[:most].expandtabs(4).split("\n")
    return "\n".join(map(shown, lines)) + ("…" if len(text) > most else "")


def outside_text(text: str, *, mono: bool = False) -> html.Span:
    """Text from outside; what is longer than 4 KiB is cut, and says how long it is."""
    parts: list[Any] = [shown_text(text)]
    if len(text) > _MOST:
        parts.append(html.Span(f" {len(text):,} characters in all", className="dim small"))
    return html.Span(parts, className="outside mono" if mono else "outside")


def safe_href(url: str) -> str:
    """The URL if it is http or https, else "": nothing from outside may lead anywhere else."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def outside_link(words: str, url: str) -> html.A | html.Span:
    """A link to somewhere else that tells it nothing of us; plain text when it is none."""
    href = safe_href(url)
    if not href:
        return html.Span(shown_text(words))
    return html.A(shown_text(words), href=href, target="_blank", rel="noopener noreferrer")
