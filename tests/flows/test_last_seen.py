"""Sums and newest values beside the counts are those of the counts, whatever dies on the way."""

import asyncio
import json
import time
from typing import Any

import psycopg

from connectors.removal import remove_demo
from schemas.logs import LogBatch
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from tests.flows.points import publish_points, record_of, settled_points
from tests.stack import RunningStack
from tests.workers import Workers, publish, running, settled

NOW_MS = int(time.time() * 1000)


def rows(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        return connection.execute(statement.encode()).fetchall()


def lines(source: str, part: int) -> LogBatch:
    """Lines of three hosts and levels, over some minutes."""
    texts = [
        json.dumps(
            {
                "time": (NOW_MS - 60_000 * (n % 4)) // 1000,
                "host": f"{source}-{n % 3}",
                "service": "web",
                "level": ("info", "error", "critical")[n % 3],
                "message": f"part {part} said {'x' * (n % 5)}",
            }
        ).encode()
        for n in range(60)
    ]
    return LogBatch(source, texts, demo=source.startswith("demo/"))


def points(source: str, part: int) -> MetricBatch:
    """Of one host three metrics, each part later than the one before, but for one late point."""
    metrics = ["cpu_usage", "load1", "late"]
    times = [NOW_MS - 60_000 + part, NOW_MS - 60_000 + part, NOW_MS - 60_000 - part]
    host = f"host of {source}"
    made_up = source.startswith("demo/")
    return MetricBatch(source, [host] * 3, metrics, times, [float(part)] * 3, demo=made_up)


def agree(settings: Settings) -> None:
    """Each table of sums equals what it is a sum of."""
    assert rows(
        settings,
        "select minute, source, severity, lines, events from line_minutes order by 1, 2, 3",
    ) == rows(
        settings,
        "select minute, source, severity, sum(lines)::bigint, sum(events)::bigint"
        " from pattern_minutes group by 1, 2, 3 order by 1, 2, 3",
    )
    assert rows(
        settings, "select distinct host, source, service from line_hosts order by 1, 2, 3"
    ) == rows(
        settings,
        "select distinct host, source, service from pattern_hours where host <> ''"
        " order by 1, 2, 3",
    )
    assert rows(
        settings, "select host, metric, time_ms, value from last_points order by 1, 2"
    ) == rows(
        settings,
        "select distinct on (host, metric) host, metric, time_ms, value"
        " from metric_points join metric_series on id = series order by 1, 2, 3 desc",
    )


def send(workers: Workers, part: int) -> None:
    sources = ("shop", "demo/shop")
    asyncio.run(publish(workers.settings, [lines(source, part) for source in sources]))
    records = [record_of(points(source, part)) for source in sources]
    asyncio.run(publish_points(workers.settings, records))


def test_sums_and_newest_values_agree_with_what_they_come_from(stack: RunningStack) -> None:
    with running(stack) as workers:
        settings = workers.settings
        for part in range(4):
            send(workers, part)
            time.sleep(0.2 * part)
            workers.kill("persist-1")
            workers.start("persist-1")
        settled(workers, 4 * 2 * 60)
        settled_points(workers, 4 * 2 * 3)
        agree(settings)
        newest = dict(rows(settings, "select metric, value from last_points where host like 'h%'"))
        assert newest == {"cpu_usage": 3.0, "load1": 3.0, "late": 0.0}
        assert rows(settings, "select count(*), bool_and(live) from line_hosts") == [(6, True)]
        remove_demo(settings)
        agree(settings)
        for table in ("line_minutes", "line_hosts", "point_hosts"):
            found = rows(settings, f"select distinct source from {table}")
            assert found == [("shop",)], table
        assert rows(settings, "select distinct host from last_points") == [("host of shop",)]
