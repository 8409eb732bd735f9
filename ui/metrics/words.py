"""Metrics and anomalies in words: values with units, "33 ± 4 %", how long. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html

from ui.address import Period, span_of
from ui.components.number import duration, shown
from ui.components.text import shown_text
from ui.components.times import parsed
from ui.metrics.choice import worst
from ui.metrics.reading import Seen

_UNITS: Final = {"m": "min", "h": "h", "d": "d"}


def value(one: Mapping[str, Any]) -> str:
    """What was measured, with its unit."""
    return str(shown(one["value"], one["unit"]))


def baseline(one: Mapping[str, Any]) -> str:
    """What was usual: `33 ± 4 %`, else `12 to 34 %`, else nothing."""
    mean, std, unit = one["baseline_mean"], one["baseline_std"], one["unit"]
    if mean is not None and std is not None:
        return _pair(mean, std, unit, "±")
    low, high = one["baseline_low"], one["baseline_high"]
    if low is not None and high is not None:
        return _pair(low, high, unit, "to")
    return ""


def _pair(left: float, right: float, unit: str, between: str) -> str:
    first, second = shown(left, unit), shown(right, unit)
    if first.unit == second.unit:
        return f"{first.number} {between} {second}"
    return f"{first} {between} {second}"


def against(one: Mapping[str, Any]) -> str:
    """`99 % (baseline 33 ± 4 %)`."""
    usual = baseline(one)
    return f"{value(one)} (baseline {usual})" if usual else f"{value(one)} (no baseline yet)"


def lasted(one: Mapping[str, Any]) -> str:
    """`for 12 min`, or that it goes on."""
    if one["active"]:
        return "goes on"
    ended = parsed(one["ended"] or one["timestamp"])
    seconds = max(1.0, (ended - parsed(one["onset"])).total_seconds())
    return f"for {duration(float(round(seconds)))}"


def within(when: Period) -> str:
    """`in the last 24 h`."""
    if span_of(when.name) is None:
        return "in the chosen time"
    return f"in the last {when.name[:-1]} {_UNITS[when.name[-1]]}"


def answer(seen: Seen, when: Period) -> list[Any]:
    """What is strange on this host, the drawn metric first."""
    own, others = seen.own, len(seen.anomalies) - len(seen.own)
    metric = shown_text(seen.choice.metric, 80)
    host = shown_text(seen.choice.host, 80)
    more = f"{counted(others)} on other metrics of {host}" if others else ""
    if not own:
        said = f"Nothing strange in {metric} " if metric else "Nothing strange "
        return [html.Strong(f"{said}{within(when)}"), f"; {more}" if more else f" on {host}"]
    top = worst(own)
    usual = baseline(top) if top else ""
    words = f", worst {value(top)}" if top else ""
    words += f" against {usual}" if usual else ""
    goes_on = sum(bool(one["active"]) for one in own)
    words += f", {goes_on} going on now" if goes_on else ""
    return [
        html.Strong(counted(len(own))),
        f" {within(when)}{words}",
        f"; {more}" if more else "",
    ]


def counted(number: int) -> str:
    """`1 anomaly`, `12 anomalies`."""
    return f"{number:,} {'anomaly' if number == 1 else 'anomalies'}"
