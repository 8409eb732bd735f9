"""What the fake API answers about hosts and their metrics: a fleet with each state."""

import json
from datetime import UTC, datetime, timedelta
from math import sin
from typing import Any
from urllib.parse import parse_qs

from tests.ui.fake_api import Fake

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"
UNITS = {
    "cpu_usage": "percent",
    "memory_used_percent": "percent",
    "disk_used_percent[/]": "percent",
    "disk_used_percent[/var]": "percent",
    "net_recv_bytes[eth0]": "bytes",
    "load1": "1",
    f"m{HOSTILE}": "",
}


def with_telemetry(fake: Fake) -> None:
    """Hosts, their metrics, series of any, anomalies."""
    hosts = fleet()
    for one in hosts:
        name = one["host"]
        metrics = metrics_of(name) if one["metrics"] else []
        fake.answers[f"hosts/{name}"] = detail_of(one)
        fake.answers[f"hosts/{name}/metrics"] = listed(metrics)
    fake.answers |= {
        "hosts": lambda request: listed(chosen(hosts, str(request.url.query))),
        "analytics/anomalies": anomalies(),
        "POST analytics/metrics/query": lambda request: series_of(
            json.loads(request._body)["series"]
        ),
    }


def chosen(hosts: list[dict[str, Any]], query: str) -> list[dict[str, Any]]:
    """Those of a state whose name holds what is searched for."""
    asked = parse_qs(query)
    states = asked.get("state", ["alerting,silent,ok"])[0].split(",")
    text = asked.get("q", [""])[0]
    return [one for one in hosts if one["state"] in states and text in one["host"]]


def listed(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The only page of a list."""
    return {"items": items, "next_cursor": None, "total": len(items)}


def ago(**span: float) -> str:
    """A time before now."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


def fleet() -> list[dict[str, Any]]:
    """The worst first."""
    return [
        host("db-prod-03", state="alerting", severity="critical", firing=2, cpu_usage=99.0),
        host("edge/fra-2", state="alerting", severity="warning", firing=1),
        host("web-9", state="silent", silent=True, last_seen=ago(minutes=26)),
        host("files", metrics=0, cpu_usage=None, last_seen=ago(days=9), live=False),
        host("web-1", demo=True),
        host(f"web-2{HOSTILE}", services=[HOSTILE]),
    ]


def host(name: str, **changes: Any) -> dict[str, Any]:
    """One that is well, but for these changes."""
    usual = {
        "host": name,
        "state": "ok",
        "severity": None,
        "firing": 0,
        "silent": False,
        "last_seen": ago(seconds=12),
        "sources": ["telegraf", name],
        "services": ["nginx"],
        "metrics": len(UNITS),
        "cpu_usage": 21.5,
        "memory_used_percent": 61.2,
        "disk_used_percent": 83.0,
        "live": True,
        "demo": False,
    }
    return usual | changes


def detail_of(one: dict[str, Any]) -> dict[str, Any]:
    """With its alerts and who tells of it."""
    title = f"cpu_usage is unusual on {one['host']}"
    alert = {"id": "a1", "title": title, "state": "firing", "first_seen": ago(minutes=14)}
    alerts = [{**alert, "severity": one["severity"], "last_seen": ago(minutes=1)}]
    told = {"source": "telegraf", "kind": "points", "service": "", "last_seen": ago(seconds=12)}
    lines = {**told, "source": one["host"], "kind": "lines"}
    return one | {
        "anomalies_24h": 3,
        "alerts": alerts if one["firing"] else [],
        "told_by": [told, lines | {"service": "nginx"}, lines | {"service": "sshd"}],
    }


def metrics_of(name: str) -> list[dict[str, Any]]:
    """What a host measures."""
    strange = {"cpu_usage": 2, "load1": 1} if name == "db-prod-03" else {}
    return [
        {
            "metric": metric,
            "unit": unit,
            "last": 3.5e9 if unit == "bytes" else 97.0 - 9 * n,
            "last_at": ago(seconds=12),
            "anomalies_24h": strange.get(metric, 0),
            "rate": "net_recv_bps[eth0]" if unit == "bytes" else None,
        }
        for n, (metric, unit) in enumerate(UNITS.items())
    ]


def series_of(wanted: list[dict[str, str]], count: int = 288) -> dict[str, Any]:
    """A day of each, with a peak where the anomalies are."""
    times = [ago(minutes=5 * (count - n)) for n in range(count)]
    values = [33 + 4 * sin(n / 9) + n * 7919 % 5 for n in range(count)]
    values[200] = 99.0
    found = [
        {
            **one,
            "unit": UNITS.get(one["metric"], "bytes/s"),
            "timestamps": times,
            "values": values,
            "step": 300,
            "aggregate": "mean",
        }
        for one in wanted
    ]
    return {"from": times[0], "to": times[-1], "series": found, "missing": []}


def anomalies() -> list[dict[str, Any]]:
    """Two of the CPU, one of the load without a spread."""
    over = {"active": False, "onset": ago(minutes=450), "ended": ago(minutes=420)}
    return [
        anomaly("cpu_usage", 88.0, "medium", 5.0, timestamp=ago(minutes=3)),
        anomaly("cpu_usage", 99.0, "high", 9.0, timestamp=ago(minutes=440), **over),
        anomaly("load1", 40.0, "low", 4.0, baseline_std=None, alert_id=None, **over),
    ]


def anomaly(
    metric: str, value: float | None, severity: str, score: float, **changes: Any
) -> dict[str, Any]:
    """One on db-prod-03 that goes on, but for these changes."""
    usual = {
        "timestamp": ago(minutes=440),
        "host": "db-prod-03",
        "metric": metric,
        "value": value,
        "severity": severity,
        "baseline_mean": 33.0,
        "baseline_std": 4.0,
        "baseline_low": 25.0,
        "baseline_high": 41.0,
        "unit": UNITS.get(metric, ""),
        "score": score,
        "reason": f"{metric} is far from usual; tier 1 {HOSTILE}",
        "onset": ago(minutes=5),
        "ended": None,
        "active": True,
        "signal_id": f"{metric}-{score}",
        "alert_id": "a1",
        "demo": False,
    }
    return usual | changes
