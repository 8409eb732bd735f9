"""What the fake API answers on the pages of patterns and log lines; some of it is hostile."""

from typing import Any

from tests.ui.fake_api import Fake

HOSTILE = "<img src=x onerror=alert(1)> \x1b[31mred\x1b[0m \u202egnp.exe =cmd|'/c calc'!A1 "
_AT = "2026-11-27T08:30:00+00:00"
_SINCE = "2026-11-20T08:30:00+00:00"


def logs_filled(fake: Fake) -> None:
    """Patterns, one of them, lines, their neighbours, and what there is to filter by."""
    path = "patterns/5f0e3c1a9b7d2e44"
    fake.answers |= {
        "patterns": pattern_page([pattern(), hostile_pattern(), new_pattern()]),
        path: pattern(),
        f"{path}/samples": samples(),
        f"{path}/slots": slots(),
        f"{path}/series": series(),
        "logs": log_page([line(n) for n in range(40)]),
        "logs/context": context(),
        "logs/tail": {"items": [line(n) for n in range(5)], "after": "WzFd", "skipped": 0},
        "sources": {"items": [{"source": "file:/var/log/auth.log"}], "next_cursor": None},
        "hosts": {"items": [{"host": "web-1", "services": ["sshd"]}], "next_cursor": None},
    }


def pattern(**changes: Any) -> dict[str, Any]:
    """A pattern that is known and rises."""
    return {
        "uid": "5f0e3c1a9b7d2e44",
        "template": "Failed password for <*> from <IP> port <NUM> ssh2",
        "count": 1200,
        "events": 1200,
        "share": 0.6,
        "trend": [40, 400, 700, 60],
        "previous_count": 400,
        "change": 2.0,
        "severities": {"info": 1100, "warning": 100},
        "new": False,
        "first_seen": _SINCE,
        "last_seen": _AT,
        "sources": ["file:/var/log/auth.log"],
        "services": ["sshd"],
        "uids": ["5f0e3c1a9b7d2e44"],
        "sample": "Failed password for root from 10.0.0.9 port 4711 ssh2",
    } | changes


def hostile_pattern() -> dict[str, Any]:
    """Its template and its service come from somebody who means ill."""
    text = {"template": HOSTILE + "<NUM> " + "A" * 5000, "services": [HOSTILE]}
    counts = {"count": 700, "share": 0.35, "previous_count": 700, "change": 0.0}
    return pattern(uid="bad0000000000000", severities={"error": 700}, **text, **counts)


def new_pattern() -> dict[str, Any]:
    """First seen within the window."""
    counts = {"count": 100, "share": 0.05, "previous_count": 0, "change": None}
    return pattern(
        uid="new0000000000000", template="cart of user <NUM> shown", new=True, **counts,
        severities={"info": 100},
    )  # fmt: skip


def pattern_page(items: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """The only page of a list of patterns, which balances."""
    lines = sum(one["count"] for one in items)
    times = {"since": _SINCE, "until": _AT}
    whole = {"items": items, "next_cursor": None, "total": len(items), "total_lines": lines}
    return {**whole, **times} | changes


def samples() -> dict[str, Any]:
    """One real line, and one that retention has deleted."""
    place = {"topic": "logs.raw", "partition": 3, "offset": 4711, "line": 12}
    items = [
        {"source": "file:/var/log/auth.log", **place, "text": HOSTILE + "root from 10.0.0.9"},
        {"source": "old", **place, "text": None},
    ]
    return {"items": items, "kept": "Failed password for root from 10.0.0.9 port 4711 ssh2"}


def slots() -> dict[str, Any]:
    """A hostile value among others."""
    values = [{"value": "root", "lines": 250}, {"value": HOSTILE, "lines": 50}]
    found = [{"type": "*", "distinct": 2, "values": values}]
    return {"template": "<*>", "lines": 300, "fitting": 300, "slots": found}


def series() -> dict[str, Any]:
    """Two steps of two levels."""
    times = ["2026-11-27T07:30:00+00:00", _AT]
    names = [{"name": "info", "values": [400, 700]}, {"name": "warning", "values": [0, 100]}]
    step = {"by": "severity", "step_seconds": 3600, "timestamps": times}
    return {**step, "series": names, "total": 1200}


def line(number: int = 0, **changes: Any) -> dict[str, Any]:
    """One line; every seventh is hostile and long."""
    text = f"Failed password for user{number} from 10.0.0.9 port 4711 ssh2"
    if number % 7 == 3:
        text = HOSTILE + "B" * 3000
    return {
        "time": f"2026-11-27T08:29:{59 - number % 60:02d}.250000+00:00",
        "source": "file:/var/log/auth.log",
        "host": "web-1",
        "service": "sshd",
        "severity": "error" if number % 7 == 3 else "info",
        "pattern": "5f0e3c1a9b7d2e44",
        "message": text,
        "text": f"Nov 27 08:29 web-1 sshd[99]: {text}",
        "cut": False,
        "topic": "logs.raw",
        "partition": 3,
        "offset": 4711,
        "line": number,
        "demo": number == 1,
    } | changes


def scanned(**changes: Any) -> dict[str, Any]:
    """How far a search got: to the end."""
    known = {"lines": 52_000, "bytes": 6_100_000, "reached": _SINCE}
    return {**known, "complete": True, "expired_before": None} | changes


def log_page(items: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """The only page of lines."""
    whole = {"items": items, "next_cursor": None, "total": None, "scanned": scanned()}
    return whole | changes


def context() -> dict[str, Any]:
    """A line between two others."""
    items = [line(n) for n in (2, 3, 4)]
    return {"items": items, "place": 1, "more_before": True, "more_after": False}
