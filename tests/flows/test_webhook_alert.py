"""From outside over HTTP to an alert: metrics that go wrong, and an error never seen before."""

import asyncio
import random
import time
from collections.abc import Callable

from connectors.publish import Publisher, batch_headers, metric_headers
from schemas.alerts import Alert, AlertSeverity
from schemas.settings import Settings
from tests.api.serving import Served, serving
from tests.flows.alerting import in_postgres, on_topic
from tests.flows.past import past_lines, past_points
from tests.flows.points import metric_books
from tests.stack import RunningStack
from tests.workers import Workers, books, installation, settled

HOSTS = ("db-1", "db-2")
_LIVE_MS = 600_000  # so long ago the present begins; it ends before now
_STEPS, _STEP_MS, _WRONG_FROM = 40, 10_000, 6
_PATIENCE_SECONDS = 90.0


async def _publish_past(settings: Settings, now_ms: int) -> None:
    async with Publisher(settings) as publisher:
        for batch in past_points("telegraf", HOSTS, now_ms):
            await (await publisher.send_metrics(batch, metric_headers(batch, None)))
        lines = past_lines("shop", now_ms)
        await (await publisher.send(lines, batch_headers(lines, None)))


def _send_points(api: Served, now_ms: int) -> None:
    """Both hosts, as Telegraf does; the first goes wrong and stays so."""
    chance = random.Random(4)
    with api.producer() as client:
        for step in range(_STEPS):
            body = []
            for host in HOSTS:
                wrong = host == HOSTS[0] and step >= _WRONG_FROM
                idle = 1.0 if wrong else 70 + chance.gauss(0, 1)
                stamp = (now_ms + step * _STEP_MS) * 1_000_000
                body.append(f"cpu,cpu=cpu-total,host={host} usage_idle={idle} {stamp}")
            answer = client.post("/webhooks/telegraf?source=telegraf", content="\n".join(body))
            assert answer.status_code == 202, answer.text


def _send_lines(api: Served) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    known, unknown = "ERROR cannot reach cache 7", "ERROR pool exhausted after deployment"
    body = "\n".join(f"{stamp} {text}" for text in (known, unknown, unknown))
    with api.producer() as client:
        answer = client.post("/webhooks/generic?source=shop", content=body)
    assert answer.json()["lines"] == 3


def _wait_for(workers: Workers, wanted: Callable[[Alert], bool]) -> Alert:
    """The first alert in the table of which this is true."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = in_postgres(workers.settings)
        for alert in found.values():
            if wanted(alert):
                return alert
        assert time.monotonic() < until, f"{found}\n{workers.log.read_text()[-5000:]}"
        time.sleep(0.2)


def test_what_goes_wrong_outside_becomes_an_alert(stack: RunningStack) -> None:
    settings = installation(stack)
    now_ms = round(time.time() * 1000) - _LIVE_MS
    asyncio.run(_publish_past(settings, now_ms))
    with (
        Workers(settings, ["ingest", "metrics", "persist", "respond"]) as workers,
        serving(settings) as api,
    ):
        _send_points(api, now_ms)
        _send_lines(api)
        metric = _wait_for(workers, lambda alert: alert.severity is AlertSeverity.HIGH)
        pattern = _wait_for(workers, lambda alert: alert.labels.get("source") == "shop")
        ledger = settled(workers, 63)
        published = {(alert.id, alert.severity) for alert in on_topic(settings)}
        alerts = in_postgres(settings)
    assert metric.labels["host"] == HOSTS[0]
    assert (metric.id, AlertSeverity.HIGH) in published
    assert "pool exhausted" in f"{pattern.title} {pattern.description} {pattern.annotations}"
    assert alerts.keys() == {metric.id, pattern.id}
    assert ledger.balanced, ledger.faults
    points = metric_books(ledger)["telegraf"]
    assert (points.accepted, points.dead_lettered) == (2 * 2 * 359 + 2 * _STEPS, 0)
    assert points.stored == points.accepted
    assert books(ledger)["shop"].parsed == 63
    assert ledger.alerts.stored >= len(alerts)
