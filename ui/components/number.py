"""Numbers for people: three significant digits, the unit smaller, deltas that mean something."""

from typing import Any, Final, Literal, NamedTuple

from dash import html

_STEPS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BYTES: Final = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_SPANS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))
# How the API's units are written; the rest as they are.
_WRITTEN: Final = {"percent": "%", "1": "", "1/s": "/s"}

Better = Literal["up", "down", "neither"]


class Shown(NamedTuple):
    """A number and its unit as they are shown: ("1.23", "M lines")."""

    number: str
    unit: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}".rstrip()


def three(value: float) -> str:
    """Three significant digits, never exponents: 0.0123, 1.23, 12.3, 123."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    text = f"{value:.{2 if size >= 1 else 4}g}" if size < 1e-3 else _digits(value, size)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _digits(value: float, size: float) -> str:
    places = 2 if size >= 1 else 3
    while size < 10 ** (2 - places) and places < 6:
        places += 1
    return f"{value:.{places - 1 if size >= 10 else places}f}"


def shown(value: float | None, unit: str = "") -> Shown:
    """The number as people read it; bytes and seconds in steps of their own, None as a dash.

    Counts below 10,000 stay exact: nobody rounds 1,234 alerts.
    """
    if value is None:
        return Shown("–", "")  # noqa: RUF001 - a dash, as in every table
    if unit in ("bytes", "B", "bytes/s", "B/s"):
        rate = "/s" if unit.endswith("/s") else ""
        return _stepped(value, _BYTES, "B", rate)
    if unit in ("s", "seconds"):
        return duration(value)
    unit = written(unit)
    if unit == "%":
        return Shown(three(value), "%")
    if abs(value) < 10_000:
        exact = value == int(value)
        return Shown(f"{int(value):,}" if exact else three(value), unit)
    return _stepped(value, _STEPS, "", f" {unit}" if unit else "")


def written(unit: str) -> str:
    """A unit of the API as people write it: percent is %, a mere count has none."""
    return _WRITTEN.get(unit, unit)


def scale_of(largest: float, unit: str) -> tuple[float, str]:
    """What to divide the values of a chart by, and the unit of what remains, by the largest."""
    if unit not in ("bytes", "B", "bytes/s", "B/s"):
        return 1.0, written(unit)
    rate = "/s" if unit.endswith("/s") else ""
    size, name = next((step for step in _BYTES if abs(largest) >= step[0]), (1, "B"))
    return float(size), f"{name}{rate}"


def _stepped(value: float, steps: tuple[tuple[float, str], ...], least: str, behind: str) -> Shown:
    for size, name in steps:
        if abs(value) >= size:
            return Shown(three(value / size), f"{name}{behind}".strip())
    return Shown(three(value), f"{least}{behind}".strip())


def duration(seconds: float) -> Shown:
    """The largest unit that is at least one: 250 ms, 12 s, 3 min, 2.5 h, 9 d."""
    if abs(seconds) < 1:
        return Shown(three(seconds * 1000), "ms")
    for size, name in _SPANS:
        if abs(seconds) >= size:
            return Shown(three(seconds / size), name)
    return Shown(three(seconds), "s")


def number(value: float | None, unit: str = "") -> html.Span:
    """A number with its unit, smaller; the exact value on hover."""
    text = shown(value, unit)
    parts: list[Any] = [text.number]
    parts += [html.Span(text.unit, className="unit")] if text.unit else []
    exact = "" if value is None else f"{value:,} {unit}".strip()
    return html.Span(parts, className="number", title=exact)


def delta_of(ratio: float, better: Better) -> tuple[str, str]:
    """The words of a change, and whether it is `better`, `worse` or the `same`."""
    sign = "+" if ratio > 0 else "−" if ratio < 0 else "±"  # noqa: RUF001 - a minus
    text = f"{sign}{three(abs(ratio) * 100)} %" if abs(ratio) < 10 else f"×{three(ratio + 1)}"  # noqa: RUF001
    if better == "neither" or abs(ratio) < 0.005:
        return text, "same"
    return text, "better" if (ratio > 0) == (better == "up") else "worse"


def delta(ratio: float | None, *, better: Better = "neither", since: str = "") -> html.Span:
    """A change as a ratio to what was before (0.12: +12 %); its colour says better or worse."""
    if ratio is None:
        return html.Span("new" if better == "neither" else "", className="delta same")
    text, tone = delta_of(ratio, better)
    words = f"{text} {since}".rstrip()
    return html.Span(words, className=f"number small delta {tone}")
