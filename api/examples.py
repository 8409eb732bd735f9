"""Examples of answers, for the OpenAPI document."""

from typing import Any, Final

_TIME: Final = "2026-03-01T12:00:00Z"
_PATTERN: Final[dict[str, Any]] = {
    "uid": "5f0e3c1a9b7d2e44",
    "template": "Failed password for <*> from <IP> port <NUM> ssh2",
    "count": 1200,
    "events": 1200,
    "share": 0.12,
    "trend": [40, 400, 760],
    "previous_count": 400,
    "change": 2.0,
    "severities": {"warning": 1200},
    "new": False,
    "first_seen": "2026-02-20T08:00:00Z",
    "last_seen": _TIME,
    "sources": ["file:/var/log/auth.log"],
    "services": ["sshd"],
    "uids": ["5f0e3c1a9b7d2e44"],
    "sample": "Failed password for root from 10.0.0.9 port 4711 ssh2",
}
PATTERNS: Final[dict[str, Any]] = {
    "items": [_PATTERN],
    "next_cursor": None,
    "total": 1,
    "total_lines": 1200,
    "since": "2026-02-28T12:00:00Z",
    "until": _TIME,
}
SAMPLES: Final[dict[str, Any]] = {
    "items": [
        {
            "source": "file:/var/log/auth.log",
            "topic": "logs.raw",
            "partition": 3,
            "offset": 4711,
            "line": 12,
            "text": "Mar  1 12:00:00 web-1 sshd[99]: Failed password for root from 10.0.0.9",
        }
    ],
    "kept": "Failed password for root from 10.0.0.9 port 4711 ssh2",
}
SERIES: Final[dict[str, Any]] = {
    "by": "severity",
    "step_seconds": 3600,
    "timestamps": ["2026-03-01T11:00:00Z", _TIME],
    "series": [{"name": "warning", "values": [400, 800]}],
    "total": 1200,
}
SLOTS: Final[dict[str, Any]] = {
    "template": "Failed password for <*> from <IP> port <NUM> ssh2",
    "lines": 300,
    "fitting": 300,
    "slots": [
        {"type": "*", "distinct": 2, "values": [{"value": "root", "lines": 290}]},
        {"type": "IP", "distinct": 1, "values": [{"value": "10.0.0.9", "lines": 300}]},
    ],
}
_LINE: Final[dict[str, Any]] = {
    "time": _TIME,
    "source": "file:/var/log/auth.log",
    "host": "web-1",
    "service": "sshd",
    "severity": "warning",
    "pattern": "5f0e3c1a9b7d2e44",
    "message": "Failed password for root from 10.0.0.9 port 4711 ssh2",
    "text": "Mar  1 12:00:00 web-1 sshd[99]: Failed password for root from 10.0.0.9 port 4711 ssh2",
    "cut": False,
    "topic": "logs.raw",
    "partition": 3,
    "offset": 4711,
    "line": 12,
    "demo": False,
}
LOGS: Final[dict[str, Any]] = {
    "items": [_LINE],
    "next_cursor": None,
    "scanned": {
        "lines": 52000,
        "bytes": 6100000,
        "reached": "2026-03-01T09:14:00Z",
        "complete": True,
        "expired_before": None,
    },
}
CONTEXT: Final[dict[str, Any]] = {
    "items": [_LINE],
    "place": 0,
    "more_before": False,
    "more_after": True,
}
TAIL: Final[dict[str, Any]] = {"items": [_LINE], "after": "WzEyLDNd", "skipped": 0}
FOUND: Final[dict[str, Any]] = {
    "hosts": [{"id": "web-1", "title": "web-1", "detail": "nginx, sshd", "kind": "host"}],
    "services": [{"id": "sshd", "title": "sshd", "detail": "3 hosts", "kind": "service"}],
    "patterns": [
        {
            "id": "5f0e3c1a9b7d2e44",
            "title": "Failed password for <*> from <IP> port <NUM> ssh2",
            "detail": "last seen 2026-03-01 12:00 UTC",
            "kind": "pattern",
        }
    ],
    "alerts": [
        {
            "id": "9b1c4d2e5f607182",
            "title": "web-1: failed passwords are 30 times as many",
            "detail": "high, firing",
            "kind": "alert",
        }
    ],
}
