"""Spans of time as people type them: 90s, 30m, 6h, 2d, 1w."""

import re
from typing import Final

import typer

_UNITS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_NICE_SECONDS: Final = (1, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 86_400)


def duration_ms(text: str) -> int:
    """Milliseconds. Raises typer.BadParameter (exit code 2) when it is not understood."""
    found = re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip())
    if not found or not int(found[1]):
        raise typer.BadParameter(f"{text!r} is not a span like 90s, 30m, 6h, 2d or 1w")
    return int(found[1]) * _UNITS[found[2]]


def spoken(milliseconds: int) -> str:
    """The shortest way to type a span: 6h, 90s."""
    for letter, size in reversed(_UNITS.items()):
        if milliseconds % size == 0:
            return f"{milliseconds // size}{letter}"
    return f"{milliseconds}ms"


def step_for(span_ms: int, count: int) -> int:
    """The smallest handy step with which a span has at most `count` of them, in ms."""
    for seconds in _NICE_SECONDS:
        if span_ms <= seconds * 1_000 * count:
            return seconds * 1_000
    day = _UNITS["d"]
    return -(-span_ms // (day * count)) * day
