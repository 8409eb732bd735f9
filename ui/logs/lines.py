"""Log lines as they are drawn: time, level, where from, and the line itself as mere text."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dash import html

from ui.components.attributes import hyphened
from ui.components.severity import demo_badge, severity
from ui.components.text import shown_text
from ui.components.times import parsed
from ui.logs.asking import place_of
from ui.visit import visit

CUT: Final = 600  # characters of a line before the rest has to be asked for


def chunk(lines: Sequence[Mapping[str, Any]], now: datetime | None = None) -> html.Div:
    """Lines that came together, the newest first."""
    return html.Div([row(one, now) for one in lines], className="log-chunk")


def row(line: Mapping[str, Any], now: datetime | None = None, *, here: bool = False) -> html.Div:
    """One line; a click on it, or Enter, shows it among its neighbours."""
    parts: list[Any] = [
        stamp(line["time"], now),
        severity(line["severity"]),
        html.Span(shown_text(line["host"], 80) or "–", className="log-host cut"),  # noqa: RUF001
        html.Span(shown_text(line["service"], 80) or "–", className="log-service cut"),  # noqa: RUF001
        message(line["message"] or line["text"], was_cut=bool(line["cut"])),
    ]
    looks = "log-line here" if here else "log-line"
    return html.Div(
        parts,
        className=looks,
        tabIndex="0",
        **hyphened({"data-row": place_of(dict(line))}),
    )


def stamp(at: str, now: datetime | None = None) -> html.Time:
    """Milliseconds on the visitor's clock, with the day when it is not today; UTC on hover."""
    utc = parsed(at).astimezone(UTC)
    here, today = utc.astimezone(visit().zone), (now or datetime.now(UTC)).astimezone(visit().zone)
    clock = f"{here:%H:%M:%S}.{here.microsecond // 1000:03d}"
    day = "" if here.date() == today.date() else f"{here.day} {here:%b} "
    title = f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03d} UTC"
    return html.Time(f"{day}{clock}", dateTime=utc.isoformat(), title=title, className="log-time")


def message(text: str, *, was_cut: bool = False) -> Any:
    """The line; what is long is cut, and opens. The API leaves out what is beyond 4 KiB."""
    shown = shown_text(text)
    more = " … the line is longer than what is kept here" if was_cut else ""
    if len(shown) <= CUT:
        return html.Span(shown + more, className="log-text")
    rest = html.Span(f"… {len(shown) - CUT:,} more characters", className="log-more")
    return html.Details(
        [html.Summary([shown[:CUT], rest]), shown[CUT:] + more], className="log-text log-long"
    )


def whole(line: Mapping[str, Any]) -> html.Pre:
    """The line as it came."""
    more = html.Span(" … cut after 4 KiB", className="dim") if line["cut"] else ""
    return html.Pre([shown_text(line["text"], 2 * 4096), more], className="log-whole", tabIndex="0")


def badge(line: Mapping[str, Any]) -> Any:
    """Marks what is made up."""
    return demo_badge() if line["demo"] else ""
