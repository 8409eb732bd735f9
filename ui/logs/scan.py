"""How far a search got, in words."""

from collections.abc import Mapping
from typing import Any

from dash import html

from ui.address import Period
from ui.components.number import shown
from ui.components.times import clock, moment, parsed


def answer(count: int, found: Mapping[str, Any], when: Period) -> list[Any]:
    """The answer in one line: how many lines, of which time, and whether that is all."""
    span = f"of the last {when.name}" if when.moving else "of the chosen time"
    more = "" if found["scanned"]["complete"] and not found["next_cursor"] else "newest "
    noun = "line" if count == 1 else "lines"
    order = "" if more or count == 1 else ", the newest first"
    return [html.Strong(f"{count:,} {more}{noun}"), f" {span}{order}"]


def reached(scanned: Mapping[str, Any], when: Period, looked: tuple[int, int]) -> list[Any]:
    """What was looked through; `looked` are lines and bytes of all pages so far."""
    lines, size = looked
    said: list[Any] = [f"Looked through {lines:,} lines ({shown(size, 'B')})"]
    if scanned["complete"]:
        said.append(": everything of this time.")
    elif scanned["reached"]:
        said += [", back to ", moment(scanned["reached"]), "; older ones have not been looked at."]
    else:
        said.append("; older ones have not been looked at.")
    return [*said, *expired(scanned, when)]


def expired(scanned: Mapping[str, Any], when: Period) -> list[Any]:
    """Retention, where it has taken a part of the window."""
    before = scanned["expired_before"]
    if not before or parsed(before) <= when.start:
        return []
    text = f" Retention has deleted lines that arrived before {clock(before)}"
    return [html.Strong(f"{text}: they can no longer be read, only counted.")]
