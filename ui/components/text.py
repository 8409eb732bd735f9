"""Text from outside, which is hostile: what cannot be seen is made visible, what is long is cut."""

import unicodedata
from typing import Any, Final

from dash import html

_MOST: Final = 4096
# What turns the direction of the text around it, or is not seen at all.
_HIDDEN: Final = frozenset(["Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"])
_KEPT: Final = frozenset("\n\t")


def shown_text(text: str, most: int = _MOST) -> str:
    """Control, ANSI and bidi characters as `␛`, `⟨U+202E⟩`; cut after `most` characters."""
    cut = text[:most]
    seen = "".join(char if _is_plain(char) else _visible(char) for char in cut)
    return seen + ("…" if len(text) > most else "")


def _is_plain(char: str) -> bool:
    return char in _KEPT or unicodedata.category(char) not in _HIDDEN


def _visible(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)  # the picture of the control character
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


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
