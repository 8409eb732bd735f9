"""Times in the zone of the browser, UTC on hover."""

from datetime import UTC, datetime

from dash import html

from ui.components.number import duration
from ui.visit import visit


def parsed(at: datetime | str) -> datetime:
    """An aware time, also from the API's text. Raises ValueError."""
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def clock(at: datetime | str, *, now: datetime | None = None) -> str:
    """`14:03:09` today, else `3 Nov 14:03`, with the year when it is another one."""
    zone = visit().zone
    here, today = parsed(at).astimezone(zone), (now or datetime.now(UTC)).astimezone(zone)
    if here.date() == today.date():
        return f"{here:%H:%M:%S}"
    return f"{here.day} {here:%b %H:%M}" if here.year == today.year else f"{here:%Y-%m-%d %H:%M}"


def ago(at: datetime | str, *, now: datetime | None = None) -> str:
    """`12 s ago`, `in 3 d`, `now`."""
    seconds = ((now or datetime.now(UTC)) - parsed(at)).total_seconds()
    if abs(seconds) < 1:
        return "now"
    span = duration(float(round(abs(seconds))))
    words = f"{span.number.partition('.')[0]} {span.unit}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def moment(at: datetime | str | None, *, relative: bool = False) -> html.Time | html.Span:
    """A time for people; `relative` shows how long ago. None is a dash."""
    if at is None:
        return html.Span("–", className="dim")  # noqa: RUF001
    utc = parsed(at).astimezone(UTC)
    text = ago(utc) if relative else clock(utc)
    return html.Time(
        text, dateTime=utc.isoformat(), title=f"{utc:%Y-%m-%d %H:%M:%S} UTC", className="number"
    )
