"""The tokens of assets/tokens.css for the one library that cannot read CSS: plotly."""

import functools
import re
import zlib
from pathlib import Path
from typing import Final

TOKENS: Final = Path(__file__).parents[1] / "assets" / "tokens.css"
SERIES_COUNT: Final = 8
_TOKEN: Final = re.compile(r"^\s*--([\w-]+):\s*(.+?);", re.MULTILINE)
_BOTH: Final = re.compile(r"light-dark\(([^,]+),\s*([^)]+)\)")


@functools.cache
def tokens() -> dict[str, tuple[str, str]]:
    """Name → (value in the light scheme, value in the dark one)."""
    found = {}
    for name, value in _TOKEN.findall(TOKENS.read_text(encoding="utf-8")):
        both = _BOTH.fullmatch(value)
        found[name] = (both[1].strip(), both[2].strip()) if both else (value, value)
    return found


def colour(name: str) -> str:
    """A colour that both schemes share. Raises ValueError for one that differs."""
    light, dark = tokens()[name]
    if light != dark:
        raise ValueError(f"--{name} differs by scheme: leave it to CSS")
    return rgba(light)


def rgba(value: str) -> str:
    """#rrggbbaa as plotly understands it."""
    if len(value) != 9:
        return value
    red, green, blue, alpha = (int(value[n : n + 2], 16) for n in (1, 3, 5, 7))
    return f"rgba({red},{green},{blue},{alpha / 255:.3f})"


def series_number(name: str) -> int:
    """1 to 8, the same for a series wherever it is drawn."""
    return zlib.crc32(name.encode()) % SERIES_COUNT + 1


def series_colour(name: str) -> str:
    """The colour of a series, by its name."""
    return colour(f"series-{series_number(name)}")


def severity_colour(shape: str) -> str:
    """The fill of a severity, for bars."""
    return colour(f"fill-{shape}")
