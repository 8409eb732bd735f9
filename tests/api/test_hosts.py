"""Hosts and the dashboard: what points, lines, signals and alerts say together."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import psycopg
import pytest

from schemas.alerts import AlertSeverity
from schemas.dashboard import Dashboard
from schemas.hosts import HostDetail, HostMetric, HostView
from schemas.logs import LogBatch
from tests.agents.correlation.signals import signal
from tests.api.telemetry import Telemetry, keep, send_points, series, telemetry
from tests.connectors.alerting import alert
from tests.stack import RunningStack
from tests.workers import publish, settled

pytestmark = pytest.mark.stack

LINES: Final = 40


@cache
def now() -> datetime:
    """Of this module: when its first test began, however long after the file was imported."""
    return datetime.fromtimestamp(int(time.time() * 1000) / 1000, UTC)


def now_ms() -> int:
    return round(now().timestamp() * 1000)


def line(host: str, service: str, level: str, text: str, when: datetime | None = None) -> bytes:
    found = {"time": (when or now()).isoformat(), "host": host, "service": service, "level": level}
    return json.dumps(found | {"message": text}).encode()


def ago(minutes: float) -> datetime:
    return now() - timedelta(minutes=minutes)


def fill(shown: Telemetry) -> None:
    """Of web-1 everything; of db-1 lines alone, of old-1 imported ones; a made-up host."""
    workers = shown.workers
    newest = now_ms()
    usage = {
        "cpu_usage": [(newest - 60_000, 10.0), (newest, 97.0), (newest - 30_000, 12.0)],
        "memory_used_percent": [(newest, 61.5)],
        "disk_used_percent[/]": [(newest, 40.0)],
        "disk_used_percent[/var]": [(newest, 83.0)],
        "disk_used_percent[/gone]": [(newest - 3_600_000, 99.0)],
        "net_recv_bytes[eth0]": [(newest, 1e6)],
    }
    batches = [
        series("web-1", usage),
        series("quiet-1", {"load1": [(newest, 1.0)]}),
        series("shop-1", {"load1": [(newest, 2.0)]}, source="demo/shop-1"),
    ]
    send_points(workers, batches, sum(len(one.value) for one in batches))
    texts = [line("web-1", "nginx", "error", f"upstream {n} refused") for n in range(LINES)]
    texts += [line("web-1", "cron", "info", "job done"), line("db-1", "postgres", "info", "ready")]
    past = [line("old-1", "app", "info", "long ago", now() - timedelta(days=3))]
    news = [LogBatch("web-1.log", texts), LogBatch("archive", past, imported=True)]
    asyncio.run(publish(workers.settings, news))
    settled(workers, len(texts) + 1)
    about = alert(1, labels={"host": "web-1"}, severity=AlertSeverity.HIGH, first_seen=ago(10))
    other = alert(2, labels={"host": "web-1"}, first_seen=ago(20), acknowledged=True)
    named = alert(3, labels={"host": "ghost"}, severity=AlertSeverity.WARNING, first_seen=ago(30))
    muted = alert(4, labels={"host": "db-1"}, suppressed=True, first_seen=ago(5))
    over = alert(5, labels={"host": "db-1"}, state="resolved", first_seen=ago(60 * 23))
    strange = [
        signal(scope=f"metric:web-1/{metric}", host="web-1", id=metric).model_copy(
            update={"at": now(), "onset": ago(5)}
        )
        for metric in ("cpu_usage", "net_recv_bps[eth0]")
    ]
    quiet = signal(scope="source:web-9.log", kind="source_silent", host="").model_copy(
        update={"at": now(), "onset": ago(6), "source": "web-9.log", "metric": ""}
    )
    keep(workers.settings, [*strange, quiet], [about, other, named, muted, over])
    with psycopg.connect(workers.settings.database_url.get_secret_value()) as connection:
        connection.execute(
            "update point_hosts set seen_ms = seen_ms - 16 * 60000 where host = 'quiet-1'"
        )


@pytest.fixture(scope="module")
def shown(stack: RunningStack) -> Iterator[Telemetry]:
    with telemetry(stack, ("persist", "ingest")) as found:
        fill(found)
        yield found


def hosts(shown: Telemetry, **asked: Any) -> list[str]:
    return [one["host"] for one in shown.get("/hosts", **asked)["items"]]


def test_hosts_come_the_worst_first_with_what_is_known_of_each(shown: Telemetry) -> None:
    page = shown.get("/hosts")
    found = {one["host"]: one for one in page["items"]}
    for one in page["items"]:
        HostView.model_validate(one)
    assert page["total"] == 6
    assert list(found) == ["web-1", "ghost", "quiet-1", "db-1", "old-1", "shop-1"]
    states = {host: one["state"] for host, one in found.items()}
    assert states == {
        "web-1": "alerting", "ghost": "alerting", "quiet-1": "silent",
        "db-1": "ok", "old-1": "ok", "shop-1": "ok",
    }  # fmt: skip
    web = found["web-1"]
    assert (web["severity"], web["firing"], web["silent"], web["live"]) == ("high", 2, False, True)
    assert (web["sources"], web["services"]) == (["telegraf", "web-1.log"], ["cron", "nginx"])
    assert web["metrics"] == 6
    keys = (web["cpu_usage"], web["memory_used_percent"], web["disk_used_percent"])
    assert keys == (97.0, 61.5, 83.0)
    assert abs((datetime.fromisoformat(web["last_seen"]) - now()).total_seconds()) < 600
    assert (found["ghost"]["last_seen"], found["ghost"]["metrics"]) == (None, 0)
    assert (found["shop-1"]["demo"], web["demo"]) == (True, False)


def test_a_host_of_imported_lines_is_as_old_as_they_are_and_never_silent(shown: Telemetry) -> None:
    old = shown.get("/hosts/old-1")
    assert (old["state"], old["live"], old["silent"]) == ("ok", False, False)
    told = now() - timedelta(days=3)
    seen = datetime.fromisoformat(old["last_seen"])
    assert told <= seen <= told + timedelta(hours=1)


def test_hosts_are_filtered_sorted_and_paged(shown: Telemetry) -> None:
    assert hosts(shown, state="silent,ok", sort="host") == ["db-1", "old-1", "quiet-1", "shop-1"]
    assert hosts(shown, source="web-1.log") == ["web-1", "db-1"]
    assert hosts(shown, **{"source!": "telegraf,web-1.log"}) == ["ghost", "old-1", "shop-1"]
    assert hosts(shown, service="postgres,nginx", sort="-host") == ["web-1", "db-1"]
    assert hosts(shown, q="OST") == ["ghost", "db-1"]  # in a name or in a service
    assert hosts(shown, demo="true") == ["shop-1"]
    assert hosts(shown, **{"cpu_usage>": "90"}) == ["web-1"]
    assert hosts(shown, **{"severity>": "high"}) == ["web-1"]
    for sort in ("state", "-state", "-last_seen", "metrics", "-cpu_usage", "-disk_used_percent"):
        whole = hosts(shown, sort=sort)
        parts, cursor = [], None
        while True:
            page = shown.get("/hosts", sort=sort, limit=2, **({"cursor": cursor} if cursor else {}))
            parts += [one["host"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert (parts, len(set(whole))) == (whole, 6), sort
    assert shown.ask("/hosts", colour="red").status_code == 422
    assert shown.ask("/hosts", cursor="nonsense").status_code == 422


def test_hosts_come_as_csv(shown: Telemetry) -> None:
    with shown.api.client(Accept="text/csv") as client:
        answer = client.get("/api/v1/hosts", params={"sort": "host"})
    rows = answer.text.splitlines()
    assert rows[0].startswith("host,state,severity,")
    assert [row.partition(",")[0] for row in rows[1:]] == sorted(hosts(shown))


def test_one_host_with_its_alerts_and_who_tells_of_it(shown: Telemetry) -> None:
    web = shown.get("/hosts/web-1")
    HostDetail.model_validate(web)
    assert web["anomalies_24h"] == 2
    assert [(one["id"], one["state"]) for one in web["alerts"]] == [
        ("alert-1", "firing"),
        ("alert-2", "acknowledged"),
    ]
    told = [(one["source"], one["kind"], one["service"]) for one in web["told_by"]]
    assert told == [
        ("telegraf", "points", ""),
        ("web-1.log", "lines", "cron"),
        ("web-1.log", "lines", "nginx"),
    ]
    for path in ("/hosts/nobody", "/hosts/nobody/metrics", "/hosts/a%00b"):
        assert shown.ask(path).status_code == 404


def test_metrics_of_a_host_with_their_newest_values(shown: Telemetry) -> None:
    page = shown.get("/hosts/web-1/metrics")
    found = {one["metric"]: one for one in page["items"]}
    for one in page["items"]:
        HostMetric.model_validate(one)
    assert list(found) == sorted(found)
    assert (page["total"], page["next_cursor"]) == (6, None)
    cpu = found["cpu_usage"]
    assert (cpu["last"], cpu["unit"], cpu["anomalies_24h"], cpu["rate"]) == (
        97.0,
        "percent",
        1,
        None,
    )
    assert datetime.fromisoformat(cpu["last_at"]) == now()
    total = found["net_recv_bytes[eth0]"]
    assert (total["rate"], total["anomalies_24h"]) == ("net_recv_bps[eth0]", 1)
    first = shown.get("/hosts/web-1/metrics", limit=4)
    rest = shown.get("/hosts/web-1/metrics", limit=4, cursor=first["next_cursor"])
    assert [one["metric"] for one in first["items"] + rest["items"]] == list(found)


def test_the_dashboard_says_in_one_call_what_the_rest_says(shown: Telemetry) -> None:
    board = shown.get("/dashboard")
    Dashboard.model_validate(board)
    assert board["unavailable"] == {}
    assert board["firing"]["total"] == 2
    firing = {one["severity"]: one for one in board["firing"]["by_severity"]}
    assert list(firing) == ["critical", "high", "warning", "info", "low"]
    assert (firing["high"]["firing"], firing["high"]["acknowledged"]) == (1, 1)
    assert sum(board["firing"]["trend"]) == 5
    assert [one["id"] for one in board["top_alerts"]] == ["alert-1", "alert-2", "alert-3"]
    assert [one["state"] for one in board["top_alerts"]] == ["firing", "acknowledged", "firing"]
    assert (board["silent"]["host_count"], board["silent"]["source_count"]) == (1, 1)
    assert [one["host"] for one in board["silent"]["hosts"]] == ["quiet-1"]
    assert [one["source"] for one in board["silent"]["sources"]] == ["web-9.log"]
    assert board["lag"] == {"seconds": 0.0, "where": ""}
    assert board["ingest"]["lines_per_second"] >= 0.0
    assert len(board["ingest"]["lines_trend"]) == 30


def test_volumes_of_the_dashboard_add_up(shown: Telemetry) -> None:
    volume = shown.get("/dashboard", from_="-24h", to=now().isoformat())["volume"]
    assert len(volume["starts"]) <= 120
    every = [*volume["alerts"].values(), *volume["errors"].values()]
    assert {len(counts) for counts in every} == {len(volume["starts"])}
    alerts = {severity: sum(counts) for severity, counts in volume["alerts"].items()}
    assert alerts == {"critical": 0, "high": 4, "warning": 1, "info": 0, "low": 0}
    errors = {level: sum(counts) for level, counts in volume["errors"].items()}
    assert errors == {"error": LINES, "critical": 0, "alert": 0, "emergency": 0}
    at = [start for start, n in zip(volume["starts"], volume["errors"]["error"], strict=True) if n]
    begin = datetime.fromisoformat(at[0])
    assert begin <= now() < begin + timedelta(seconds=volume["step"])
    older = shown.get("/dashboard", from_="-72h", to="-48h")
    assert sum(map(sum, older["volume"]["alerts"].values())) == 0


def test_new_patterns_are_those_that_no_line_had_before(shown: Telemetry) -> None:
    patterns = shown.get("/dashboard", from_="-24h")["patterns"]
    found = {one["template"]: one for one in patterns["items"]}
    assert patterns["count"] == len(found) == sum(patterns["trend"]) == 3
    worst = next(one for template, one in found.items() if "refused" in template)
    assert (worst["severity"], worst["sources"]) == ("error", ["web-1.log"])
    assert shown.get("/dashboard", from_="-30d")["patterns"]["count"] == 4
    assert shown.ask("/dashboard", from_="-60d").status_code == 422
    assert shown.ask("/dashboard", from_="now", to="-1h").status_code == 422
