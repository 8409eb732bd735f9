"""Alerts that began and error lines over time: two charts of the same stretch, both brushable."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from ui.address import Period
from ui.components import chart as charts

_FEW: Final = 5  # so many are counted one by one: there is no half of an alert
_LEVELS: Final = ("error", "critical", "alert", "emergency")
_SEVERITIES: Final = ("low", "info", "warning", "high", "critical")  # the worst on top


def alert_bars(volume: Mapping[str, Any] | None, shown: Period) -> go.Figure:
    """Stacked by severity."""
    return _bars(volume, "alerts", _SEVERITIES, shown)


def error_bars(volume: Mapping[str, Any] | None, shown: Period) -> go.Figure:
    """Lines from error on, stacked by level."""
    return _bars(volume, "errors", _LEVELS, shown)


def _bars(
    volume: Mapping[str, Any] | None, part: str, words: Sequence[str], shown: Period
) -> go.Figure:
    ends = shown.start.isoformat(), shown.end.isoformat()
    name = f"{part} {shown.name} {'' if shown.moving else ends}"
    made = charts.figure(uirevision=name, start=shown.start, end=shown.end)
    times = list((volume or {}).get("starts") or [])
    known = (volume or {}).get(part) or {}
    drawn = {word: known[word] for word in words if any(known.get(word) or [])}
    for word, values in drawn.items():
        charts.add_bars(made, word, times, values, severity=word)
    if not made.data:
        # A brush needs something below it, and an axis of nothing would begin below zero.
        charts.add_bars(made, words[0], times or list(ends), [0] * len(times or ends))
        made.update_yaxes(range=[0, 4])
    made.update_yaxes(tickformat="~s", dtick=1 if _highest(drawn.values()) < _FEW else None)
    made.update_layout(selectionrevision=name)
    return made


def _highest(stacked: Collection[Sequence[int]]) -> int:
    """Of all bars."""
    return max(map(sum, zip(*stacked, strict=True)), default=0)


def total(volume: Mapping[str, Any] | None, part: str) -> int:
    """How many there are in all."""
    return sum(sum(values) for values in ((volume or {}).get(part) or {}).values())
