"""Patterns as rows of the grid, and what their sum says. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from schemas.pattern_lists import LEVELS
from ui.components.number import Better, delta_of

RISING: Final = 1.0  # twice as many as before
_FEW: Final = 20  # lines: twice as many of less says nothing
_SERVICES: Final = 2
_BAD_FROM: Final = LEVELS.index("warning")


class Sum(NamedTuple):
    """Counts that are shown and their sum, of all patterns and all lines that match."""

    patterns: int
    lines: int
    all_patterns: int
    all_lines: int

    @property
    def whole(self) -> bool:
        """Whether every pattern is shown."""
        return self.patterns >= self.all_patterns

    @property
    def balances(self) -> bool:
        """Whether what is shown adds up to all lines."""
        return self.lines == self.all_lines


def worst(severities: Mapping[str, int]) -> str:
    """The worst level that any of the lines has."""
    known = [LEVELS.index(word) for word, lines in severities.items() if lines and word in LEVELS]
    return LEVELS[max(known)] if known else "unknown"


def better_of(level: str) -> Better:
    """Whether more of it is worse: of errors and warnings yes, of the rest nobody knows."""
    known = level in LEVELS and LEVELS.index(level) >= _BAD_FROM
    return "down" if known else "neither"


def mark_of(row: Mapping[str, Any], *, all_new: bool) -> str:
    """`new`, `rising` or nothing; where everything is new, the word would say nothing."""
    if row["new"]:
        return "" if all_new else "new"
    change = row["change"]
    return "rising" if change is not None and change >= RISING and row["count"] >= _FEW else ""


def change_of(row: Mapping[str, Any], level: str) -> dict[str, str]:
    """The change against the period before, as the grid draws it."""
    before = f"{row['previous_count']:,} lines in the period before"
    if row["change"] is None:
        text = "new" if row["new"] else "from 0"
        return {"text": text, "tone": "same", "title": before}
    text, tone = delta_of(row["change"], better_of(level))
    return {"text": text, "tone": tone, "title": before}


def grid_row(
    row: Mapping[str, Any], *, all_new: bool = False, moving: bool = False
) -> dict[str, Any]:
    """One pattern, flat; of a range that is `moving` the last bucket has only begun."""
    level = worst(row["severities"])
    services = row["services"] or row["sources"]
    more = len(services) - _SERVICES
    return {
        "uid": row["uid"],
        "mark": mark_of(row, all_new=all_new),
        "template": row["template"],
        "count": row["count"],
        "share": row["share"],
        "trend": row["trend"][:-1] if moving else row["trend"],
        "change": change_of(row, level),
        "first_seen": row["first_seen"],
        "level": level,
        "services": ", ".join(services[:_SERVICES]) + (f" +{more}" if more > 0 else ""),
    }


def grid_rows(rows: Sequence[Mapping[str, Any]], *, moving: bool = False) -> list[dict[str, Any]]:
    """All of a page, marked only where some are not new."""
    all_new = all(row["new"] for row in rows)
    return [grid_row(row, all_new=all_new, moving=moving) for row in rows]
