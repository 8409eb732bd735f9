"""What the fake API answers on the dashboard and the alerts page; a decision changes its alert."""

from collections.abc import Callable
from typing import Any

AT = "2026-11-27T08:30:00+00:00"
HOSTILE = "<script>alert(1)</script> \x1b[31mred\x1b[0m \u202egnp.exe =1+1"


def alert(id: str = "a1", **changes: Any) -> dict[str, Any]:
    """An alert as lists show it."""
    row: dict[str, Any] = {
        "id": id,
        "fingerprint": f"f-{id}",
        "version": 3,
        "type": "anomaly",
        "title": "cpu_usage of db-prod-03 far above its usual range",
        "description": "cpu_usage of db-prod-03 is 96 %, usual 42 to 66 %",
        "state": "firing",
        "shown": "firing",
        "acknowledged": False,
        "severity": "critical",
        "source_severity": "paging",
        "source": "foreshock",
        "labels": {"host": "db-prod-03", "metric": "cpu_usage", "kind": "anomaly"},
        "annotations": {"sample": "load average: 31.2"},
        "links": {"runbook": "https://example.com/cpu", "trap": "javascript:alert(1)"},
        "count": 4,
        "first_seen": AT,
        "last_seen": AT,
        "resolved_at": None,
        "owner": "",
        "demo": False,
        "anomaly_data": {
            "metric": "cpu_usage",
            "score": 7.2,
            "value": 96.0,
            "unit": "%",
            "baseline": {"mean": 54.0, "std": 6.0, "low": 42.0, "high": 66.0},
        },
        "change": {"kind": "signal", "at": AT, "by": "", "text": "96 % is far from 54 %"},
    }
    return row | changes


def alerts() -> list[dict[str, Any]]:
    """The worst first."""
    return [
        alert(),
        alert("b1", severity="high", title=HOSTILE, type="external", source="nagios", demo=True,
              labels={"service": HOSTILE}, anomaly_data=None, links={}),
        alert("b2", severity="warning", title="redis/logs is silent", shown="acknowledged",
              acknowledged=True, owner="grace", labels={"source": "redis/logs"}),
    ]  # fmt: skip


def history() -> list[dict[str, Any]]:
    """The newest version first."""
    said = {"kind": "comment", "at": AT, "by": "grace", "text": HOSTILE}
    given = {"kind": "assign", "at": AT, "by": "grace", "text": ""}
    return [
        alert(version=5, change=said),
        alert(version=4, change=given, owner="ada"),
        alert(version=3),
        alert(version=2),
        alert(version=1, severity="warning"),
    ]


def changes() -> dict[str, Any]:
    """What changed before."""
    seen = {"template": "restarting unit <num>", "sample": "restarting unit 7", "source": "shop"}
    series = {"kind": "anomaly", "scope": "metric:db-prod-03/load1", "host": "db-prod-03"}
    more = {"source": "", "metric": "load1", "pattern": "", "onset": AT, "active": True}
    return {
        "since": "2026-11-27T08:00:00+00:00",
        "until": AT,
        "place": "db-prod-03",
        "rollouts": [{**seen, "uid": "p7", "lines": 2, "last_minute": AT}],
        "new_patterns": [{**seen, "uid": "p8", "first_seen": AT}],
        "series": [{**series, **more, "signal_id": "s1", "strength": "paging", "value": 31.0,
                    "unit": "", "reason": HOSTILE}],
        "alerts": [alert("b1", severity="high", title="another one")],
    }  # fmt: skip


def facets(total: int = 3) -> dict[str, Any]:
    """Counts of each value."""
    counts = {
        "state": {"firing": 2, "acknowledged": 1},
        "severity": {"critical": 1, "high": 1, "warning": 1},
        "source": {"foreshock": 2, "nagios": 1},
        "host": {"db-prod-03": 1, "": 2},
        "service": {HOSTILE: 1},
        "type": {"anomaly": 2, "external": 1},
        "owner": {"": 2, "grace": 1},
    }
    listed = {
        name: [{"value": value, "count": count} for value, count in values.items()]
        for name, values in counts.items()
    }
    return {"facets": listed, "total": total}


def dashboard(**changes: Any) -> dict[str, Any]:
    """As GET /dashboard answers."""
    firing = [{"severity": "critical", "firing": 1, "acknowledged": 0}]
    firing += [{"severity": "warning", "firing": 0, "acknowledged": 1}]
    top = {"host": "db-prod-03", "source": "foreshock", "owner": "", "count": 4, "demo": False}
    times = {"first_seen": AT, "last_seen": AT}
    pattern = {"uid": "p8", "first_seen": AT, "severity": "error", "sources": ["shop"]}
    seen: dict[str, Any] = {
        "from": "2026-11-26T08:30:00+00:00",
        "to": AT,
        "at": AT,
        "firing": {"total": 1, "by_severity": firing, "trend": [0, 0, 1]},
        "patterns": {
            "count": 1,
            "items": [{**pattern, "template": "connection to <ip> refused after <dur>"}],
            "trend": [0, 0, 1],
        },
        "silent": {
            "host_count": 1,
            "hosts": [{"host": "db-2", "last_seen": AT}],
            "source_count": 0,
            "sources": [],
        },
        "ingest": {"lines_per_second": 812.5, "points_per_second": 166.7, "lines_trend": [3, 5]},
        "lag": {"seconds": 0.4, "where": "logs.raw-3"},
        "volume": {
            "step": 43_200,
            "starts": ["2026-11-26T08:30:00+00:00", "2026-11-26T20:30:00+00:00"],
            "alerts": {"critical": [0, 1]},
            "errors": {"error": [12, 480]},
        },
        "top_alerts": [
            {"id": "a1", "title": "cpu_usage of db-prod-03 far above its usual range",
             "severity": "critical", "state": "firing", **top, **times},
            {"id": "b2", "title": HOSTILE, "severity": "warning", "state": "acknowledged",
             **top, **times, "owner": "grace", "demo": True},
        ],
        "unavailable": {},
    }  # fmt: skip
    return seen | changes


def sources() -> list[dict[str, Any]]:
    """One of each kind."""
    fields = {"accepted": 10, "stored": 10, "silent": False, "demo": False, "rate_per_s": 1.0}
    return [
        {**fields, "source": "shop", "kind": "lines"},
        {**fields, "source": "telegraf", "kind": "points"},
    ]


def alert_answers() -> dict[str, Any]:
    """Paths of the fake API and what they answer."""
    rows = alerts()
    listed = {"items": rows, "next_cursor": None, "total": len(rows)}
    answers: dict[str, Any] = {"alerts": listed, "alerts/facets": facets()}
    answers |= {"dashboard": dashboard(), "sources": {"items": sources(), "next_cursor": None}}
    for row in rows:
        path = f"alerts/{row['id']}"
        answers[path] = row
        answers[f"{path}/changes"] = changes()
        answers[f"{path}/history"] = {"items": history(), "next_cursor": None, "total": 5}
        answers[f"POST {path}/acknowledge"] = _acknowledging(row)
    return answers


def _acknowledging(row: dict[str, Any]) -> Callable[[Any], dict[str, Any]]:
    def acknowledge(_: Any) -> dict[str, Any]:
        row.update(shown="acknowledged", acknowledged=True, version=row["version"] + 1)
        return row

    return acknowledge
