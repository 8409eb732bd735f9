"""Made-up metric points are gone after the same command, in either history, and only these."""

import asyncio
import time
from typing import Any, Final

import pytest

from connectors.removal import remove_demo
from connectors.stores.history.choice import open_history
from connectors.stores.postgres import new_pool
from schemas.history import Series
from schemas.ledger import Ledger
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from tests.connectors.stores.histories import BACK_ENDS
from tests.flows.points import metric_books, publish_points, record_of, settled_points
from tests.flows.test_demo_removal import pack
from tests.stack import RunningStack
from tests.workers import running

NOW_MS: Final = int(time.time() * 1000) // 1000 * 1000
RANGE: Final = "demo:1:web-1/points:0-60"


def batch(source: str, host: str, points: int) -> MetricBatch:
    times = [NOW_MS - 1000 * n for n in range(points)]
    values = [float(n) for n in range(points)]
    made_up = source.startswith("demo/")
    return MetricBatch(source, [host] * points, ["load1"] * points, times, values, demo=made_up)


def send(settings: Settings, *batches: MetricBatch, part: str | None = None) -> None:
    asyncio.run(publish_points(settings, [record_of(one, part) for one in batches]))


def choosing(stack: RunningStack, back_end: str) -> dict[str, Any]:
    """Settings that make it the history; skips where there is none."""
    if back_end == "postgres":
        return {}
    found = dict(stack.influx_settings())
    return {name: value for name, value in found.items() if name.startswith("influxdb_")}


def hosts(settings: Settings) -> list[str]:
    async def series() -> list[Series]:
        async with new_pool(settings) as pool, open_history(settings, pool) as history:
            return await history.series()

    return [one.host for one in asyncio.run(series())]


def accepted(ledger: Ledger) -> dict[str, int]:
    """Points by source of books that balance."""
    assert ledger.balanced, ledger.faults
    found = metric_books(ledger)
    for line in found.values():
        assert line.accepted == line.stored + line.deduplicated + line.dead_lettered
    return {name: line.accepted for name, line in found.items()}


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_points_of_made_up_hosts_are_gone_and_the_books_balance(
    stack: RunningStack, back_end: str
) -> None:
    with running(stack, ("persist",), **choosing(stack, back_end)) as workers:
        settings = workers.settings
        send(settings, batch("demo/web-1", "web-1", 40), part=RANGE)
        send(settings, batch("demo/db-1", "db-1", 7), batch("host", "mine", 11))
        settled_points(workers, 58)
        asyncio.run(pack(settings))
        send(settings, batch("demo/web-1", "web-1", 5))  # met again: deduplicated in Postgres
        before = accepted(settled_points(workers, 63))
        assert before == {"demo/web-1": 45, "demo/db-1": 7, "host": 11}

        stored = metric_books(settled_points(workers, 63))
        removed = remove_demo(settings)
        assert removed.points == stored["demo/web-1"].stored + stored["demo/db-1"].stored
        assert removed.kept_hosts == []
        assert hosts(settings) == ["mine"]
        assert accepted(settled_points(workers, 11)) == {"host": 11}
        assert remove_demo(settings).points == 0

        send(settings, batch("demo/web-1", "web-1", 40), part=RANGE)  # the same shop again
        assert accepted(settled_points(workers, 51)) == {"demo/web-1": 40, "host": 11}
        assert hosts(settings) == ["mine", "web-1"]
        assert remove_demo(settings).points == 40
        assert hosts(settings) == ["mine"]


def test_a_host_that_others_measure_keeps_its_points_and_its_books(stack: RunningStack) -> None:
    with running(stack, ("persist",)) as workers:
        settings = workers.settings
        send(settings, batch("demo/web-1", "web-1", 4), batch("demo/db-1", "db-1", 3))
        send(settings, batch("telegraf", "web-1", 2))
        settled_points(workers, 9)
        removed = remove_demo(settings)
        assert (removed.points, removed.kept_hosts) == (3, ["web-1"])
        assert hosts(settings) == ["web-1"]
        assert accepted(settled_points(workers, 6)) == {"demo/web-1": 4, "telegraf": 2}
