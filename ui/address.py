"""What the URL says: the time range and every filter. The URL is a page's whole state. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlencode

from dash.exceptions import PreventUpdate

RANGES: Final = ("15m", "1h", "6h", "24h", "7d")
USUAL: Final = "24h"
_SPAN: Final = re.compile(r"(\d{1,4})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = timedelta(days=366)


class Period(NamedTuple):
    """A stretch of time; `moving` ends now and moves on, `name` is the range as chosen."""

    start: datetime
    end: datetime
    moving: bool
    name: str

    def params(self) -> dict[str, str]:
        """As the API's routes take it."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}


def params_of(search: str | None) -> dict[str, list[str]]:
    """Name → values of a query string, with or without its `?`."""
    return parse_qs((search or "").removeprefix("?"), keep_blank_values=False)


def first(search: str | None, name: str, otherwise: str = "") -> str:
    """The first value of a parameter."""
    return params_of(search).get(name, [otherwise])[0]


def with_params(search: str | None, changes: Mapping[str, str | Sequence[str] | None]) -> str:
    """The query string with these parameters set, None or empty takes one out. Starts with `?`.

    Others stay as they are: `owner=` asks for what nobody owns, `count>10` is a name alone.
    """
    params = parse_qs((search or "").removeprefix("?"), keep_blank_values=True)
    for name, value in changes.items():
        values = [value] if isinstance(value, str) else list(value or [])
        kept = [one for one in values if one]
        if kept:
            params[name] = kept
        else:
            params.pop(name, None)
    text = urlencode(params, doseq=True, safe=":/,")
    return f"?{text}" if text else ""


def period(search: str | None, now: datetime | None = None) -> Period:
    """`range=6h`, or `from` and `to` in ISO 8601; what cannot be read is the last 24 hours."""
    end = now or datetime.now(UTC)
    start, until = _time(first(search, "from")), _time(first(search, "to"))
    if start and until and start < until and until - start <= _LONGEST:
        return Period(start, until, False, "custom")
    name = first(search, "range", USUAL)
    span = span_of(name)
    if span is None:
        name, span = USUAL, timedelta(hours=24)
    return Period(end - span, end, True, name)


def stay_on(page: str, path: str | None) -> None:
    """Ends a callback of a page that is being left: the address is another page's already.

    Raises PreventUpdate.
    """
    if (path or "/").rstrip("/") != page:
        raise PreventUpdate


def span_of(name: str) -> timedelta | None:
    """15m, 6h, 7d; None for anything else and for nothing or more than a year."""
    found = _SPAN.fullmatch(name)
    if not found or not int(found[1]):
        return None
    span = timedelta(**{_UNITS[found[2]]: int(found[1])})
    return span if span <= _LONGEST else None


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at and at.tzinfo is None else at
