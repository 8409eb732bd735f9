"""The values that one line holds in the places of its template's variables, on demand.

In come a template and a line of its pattern; out come (type, value) pairs from left to right.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.parsing.tokens import VARIABLE, Token, template_tokens, tokens

_PLACEHOLDER: Final = re.compile(r"<(\*|[A-Z0-9]+)>")


def parameters(template: str, line: str) -> list[tuple[str, str]]:
    """Type (`*`, `NUM`, `IP`, ...) and text of each variable; empty when the line does not fit.

    Linear in the line: each variable takes tokens up to the first that equals the constant behind
    it. Where a list of variables stands for more or fewer values, it is one value of type `*`.
    """
    wanted, found = template_tokens(template), tokens(line)
    values: list[tuple[str, str]] = []
    at = 0
    while wanted:
        run = _length(wanted, variable=True)
        constants = wanted[run : run + _length(wanted[run:], variable=False)]
        end = _find(constants, found, at + min(run, 1)) if constants else len(found)
        if end is None or (end > at) != (run > 0):
            return []
        values += _values(wanted[:run], found[at:end], line)
        at = end + len(constants)
        wanted = wanted[run + len(constants) :]
    return values if at == len(found) else []


def _length(run: Sequence[Token], variable: bool) -> int:
    for length, token in enumerate(run):
        if (token.key == VARIABLE) != variable:
            return length
    return len(run)


def _find(constants: Sequence[Token], found: Sequence[Token], start: int) -> int | None:
    keys = [token.key for token in constants]
    for at in range(start, len(found) - len(keys) + 1):
        if all(found[at + i].key == key for i, key in enumerate(keys)):
            return at
    return None


def _values(slots: Sequence[Token], run: Sequence[Token], line: str) -> list[tuple[str, str]]:
    if not slots:
        return []
    if len(slots) != len(run):
        return [("*", line[run[0].start : run[-1].end])]
    return [
        _value(slot.shown, line[token.start : token.end])
        for slot, token in zip(slots, run, strict=True)
    ]


def _value(shown: str, text: str) -> tuple[str, str]:
    """A placeholder may stand among constant text: `node-<NUM>`, `<NUM> bytes`."""
    place = _PLACEHOLDER.search(shown)
    if place is None:
        return "*", text
    before, behind = shown[: place.start()], shown[place.end() :]
    if text.startswith(before) and text.endswith(behind):
        text = text[len(before) : len(text) - len(behind)]
    return place[1], text
