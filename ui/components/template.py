"""A pattern's template with its variable slots tinted by what they hold."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from dash import html

from ui.components.text import shown_text

_SLOT: Final = re.compile(r"<([A-Za-z*][A-Za-z0-9_:*-]{0,40})>")
_KINDS: Final = {  # as in assets/grid.js; a test compares them
    "num": "number",
    "int": "number",
    "float": "number",
    "hex": "id",
    "uuid": "id",
    "id": "id",
    "ip": "address",
    "ipv4": "address",
    "ipv6": "address",
    "mac": "address",
    "host": "address",
    "email": "address",
    "url": "path",
    "path": "path",
    "file": "path",
    "time": "time",
    "date": "time",
    "dur": "time",
    "duration": "time",
    "size": "number",
    "bytes": "number",
}


class Piece(NamedTuple):
    """A part of a template: words, or a slot with the kind that colours it."""

    text: str
    kind: str = ""
    name: str = ""


def pieces(template: str) -> Iterator[Piece]:
    """The template cut at its slots, `<num>`, `<*>`, ...; all other text is kept."""
    at = 0
    for found in _SLOT.finditer(template):
        if found.start() > at:
            yield Piece(template[at : found.start()])
        name = found[1].lower()
        kind = "text" if name == "*" else _KINDS.get(name.partition(":")[0], "text")
        yield Piece(found[0], kind, "any text" if name == "*" else name)
        at = found.end()
    if at < len(template):
        yield Piece(template[at:])


def template(text: str) -> html.Code:
    """The template in a fixed-width font; a slot says its type on hover."""
    parts = [
        html.Span(piece.text, className=f"slot slot-{piece.kind}", title=piece.name)
        if piece.kind
        else html.Span(shown_text(piece.text))
        for piece in pieces(text)
    ]
    return html.Code(parts, className="template")
