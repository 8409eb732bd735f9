"""What is older than the retention is forgotten by whoever persists; the rest stays."""

import asyncio
import time

import psycopg

from agents.app import create_app
from agents.engine.expirer import Expirer
from connectors.stores.history.expiry import expire
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from tests.connectors.stores.histories import opened, point
from tests.flows.points import kept, publish_points, record_of, settled_points
from tests.stack import RunningStack
from tests.workers import Workers, installation

_DAY_MS = 86_400_000


async def _write(settings: Settings, *times_ms: int) -> None:
    async with opened(settings) as history:
        await history.write([point(time_ms, 1.0) for time_ms in times_ms])


async def _expire(settings: Settings, now_ms: int) -> None:
    app = create_app(settings, "persist")
    await app.pool.open()
    try:
        await Expirer(app, settings).expire(now_ms)
    finally:
        await app.pool.close()


def _times(settings: Settings) -> set[int]:
    return {time_ms for _, _, time_ms in kept(settings)}


def test_a_worker_forgets_what_is_beyond_the_retention(stack: RunningStack) -> None:
    now = int(time.time() * 1000)
    settings = installation(stack, metric_retention_days=30)
    asyncio.run(_write(settings, now - 40 * _DAY_MS, now - 29 * _DAY_MS, now))
    with Workers(settings, ("persist", "persist")) as workers:
        until = time.monotonic() + 60
        while _times(settings) != {now - 29 * _DAY_MS, now}:
            assert time.monotonic() < until, workers.log.read_text()[-5000:]
            time.sleep(0.2)


def test_the_next_day_forgets_one_more_and_the_books_stay(stack: RunningStack) -> None:
    now = int(time.time() * 1000)
    settings = installation(stack, metric_retention_days=2)
    times = [now - _DAY_MS, now]
    batch = MetricBatch("a", ["a"] * 2, ["cpu_usage"] * 2, times, [1.0, 2.0])
    with Workers(settings, ("persist",)) as workers:
        asyncio.run(publish_points(settings, [record_of(batch)]))
        before = settled_points(workers, 2)
        for _ in range(2):
            asyncio.run(_expire(settings, now + 2 * _DAY_MS))
            assert _times(settings) == {now}
        assert settled_points(workers, 2).metrics == before.metrics


def test_ranges_of_a_season_ago_are_forgotten(stack: RunningStack) -> None:
    now = int(time.time() * 1000)
    settings = installation(stack)
    ages = "insert into ranges select n::text, now() - n * interval '1 day' from unnest(%s) n"
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute(ages, ([0, 89, 91, 400],))
    asyncio.run(_expire(settings, now))
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        left = connection.execute("select range from ranges order by applied_at").fetchall()
    assert left == [("89",), ("0",)]


def test_one_at_a_time(stack: RunningStack) -> None:
    settings = installation(stack)

    async def both() -> list[int | None]:
        async with opened(settings) as one, opened(settings) as other:
            return await asyncio.gather(
                *(expire(o.history, o.pool, 2 * _DAY_MS) for o in (one, other) for _ in range(4))
            )

    found = asyncio.run(both())
    assert 2 * _DAY_MS in found
    assert set(found) <= {2 * _DAY_MS, None}
