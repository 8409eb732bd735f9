"""An alert of the API as a row of the grid; which alerts are new to who looks. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.alerts import AlertSeverity
from ui.components.text import shown_text
from ui.components.times import parsed

_MOST: Final = 300  # characters of a cell
_VISIT: Final = timedelta(minutes=30)
_ON_THE_WAY: Final = timedelta(minutes=1)  # so late may news be


def row_of(
    alert: Mapping[str, Any], since: str = "", *, may_decide: bool = False
) -> dict[str, Any]:
    """Flat JSON for the grid; `fresh` began after `since`, `can` is what a thumb may do."""
    state = str(alert.get("shown") or alert["state"])
    return {
        "id": alert["id"],
        "version": alert.get("version"),
        "severity": alert["severity"],
        "title": shown_text(str(alert["title"]), _MOST),
        "place": shown_text(place_of(alert), _MOST),
        "state": state,
        "owner": shown_text(str(alert.get("owner") or ""), _MOST),
        "count": alert.get("count"),
        "first_seen": alert["first_seen"],
        "last_seen": alert["last_seen"],
        "demo": bool(alert.get("demo")),
        "acknowledged": state != "firing",
        "fresh": bool(since) and state == "firing" and parsed(alert["first_seen"]) > parsed(since),
        "can": "acknowledge" if may_decide and state == "firing" else "",
    }


def place_of(alert: Mapping[str, Any]) -> str:
    """Where it is: its host, else its service, else whose data it is about."""
    labels = alert.get("labels") or {}
    return next((labels[name] for name in ("host", "service", "source") if labels.get(name)), "")


def worst_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """The worst severity that fires, "" when nothing does."""
    firing = (row["severity"] for row in rows if row["state"] == "firing")
    return min(firing, key=lambda word: AlertSeverity(word).rank, default="")


def is_news(alert: Mapping[str, Any], drawn: Mapping[str, Any]) -> bool:
    """Whether an alert that is none of the drawn rows came after them.

    Where they are a part of more, those that began before are known to be behind it.
    """
    if drawn.get("whole", True) or not drawn.get("at"):
        return True
    return parsed(alert["first_seen"]) > parsed(drawn["at"]) - _ON_THE_WAY


def boundary(preferences: Mapping[str, Any], now: datetime) -> tuple[str, dict[str, str]]:
    """Since when alerts are new to somebody, "" at the first visit; and what is to be remembered.

    Whoever comes again within half an hour is still at the same visit: a reload marks nothing read.
    """
    last = _known(preferences.get("seen_at"))
    before = _known(preferences.get("seen_before"))
    since = before if last and now - parsed(last) < _VISIT else last
    return since, {"seen_at": now.isoformat(), "seen_before": since}


def _known(text: Any) -> str:
    try:
        return parsed(text).isoformat() if isinstance(text, str) and text else ""
    except ValueError:
        return ""
