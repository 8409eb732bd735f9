"""Old counts by the minute become counts by the hour: fewer rows, the same sums and lines."""

import asyncio
import time
from datetime import UTC, datetime

import psycopg

from agents.app import create_app
from agents.engine.expirer import Expirer
from connectors.stores import log_places
from connectors.stores.postgres import new_pool, transaction
from schemas.log_reads import Wanted
from schemas.logs import LogBatch
from schemas.settings import Settings
from tests.stack import RunningStack
from tests.workers import publish, running, settled

_DAY = 86_400


def _batch(start: float, minutes: int) -> LogBatch:
    """A line a minute, its first at `start` (Unix seconds)."""
    times = (datetime.fromtimestamp(start + 60 * n, UTC) for n in range(minutes))
    lines = [f"{time:%Y-%m-%dT%H:%M:%SZ} web-1 shop INFO served".encode() for time in times]
    return LogBatch("old", lines, imported=True)


def _minutes(settings: Settings, table: str) -> list[tuple[int, int]]:
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        query = f"select minute, sum(lines)::bigint from {table} group by 1 order by 1"
        return [(minute, lines) for minute, lines in connection.execute(query.encode()).fetchall()]


async def _expire(settings: Settings) -> None:
    app = create_app(settings, "persist")
    await app.pool.open()
    try:
        await Expirer(app, settings).expire(int(time.time() * 1000))
    finally:
        await app.pool.close()


async def _places(settings: Settings, since: float, until: float) -> int:
    """Records that may hold the lines of the one pattern within a time."""
    async with new_pool(settings) as pool, transaction(pool) as connection:
        cursor = await connection.execute("select uid from patterns")
        uids = [uid for (uid,) in await cursor.fetchall()]
        wanted = Wanted(
            since_ms=round(since * 1000), until_ms=round(until * 1000), only={"pattern": uids}
        )
        topic = f"{settings.topic_prefix}logs.raw"
        return len(await log_places.newest(connection, topic, wanted, None, 10))


def test_minutes_of_last_month_are_kept_by_the_hour(stack: RunningStack) -> None:
    now = time.time() // 3_600 * 3_600
    old, young = now - 40 * _DAY, now - 20 * _DAY
    with running(stack) as workers:
        settings = workers.settings
        asyncio.run(publish(settings, [_batch(old + 60, 90), _batch(young + 60, 90)]))
        settled(workers, 180)
        asyncio.run(_expire(settings))
        hours = [(int(old // 60), 59), (int(old // 60) + 60, 31)]
        fine = [(int(young // 60) + 1 + n, 1) for n in range(90)]
        for table in ("line_minutes", "pattern_minutes"):
            assert _minutes(settings, table) == hours + fine
        assert asyncio.run(_places(settings, old + 1_800, old + 1_860)) == 1

        # What comes later joins its hour.
        asyncio.run(publish(settings, [_batch(old, 60)]))
        ledger = settled(workers, 240)
        asyncio.run(_expire(settings))
        hours[0] = (hours[0][0], 119)
        for table in ("line_minutes", "pattern_minutes"):
            assert _minutes(settings, table) == hours + fine
        assert settled(workers, 240).sources == ledger.sources
        assert ledger.balanced, ledger.faults


def test_two_at_once_do_it_once(stack: RunningStack) -> None:
    old = time.time() // 3_600 * 3_600 - 40 * _DAY
    with running(stack) as workers:
        asyncio.run(publish(workers.settings, [_batch(old, 60)]))
        settled(workers, 60)

        async def both() -> None:
            await asyncio.gather(*(_expire(workers.settings) for _ in range(3)))

        asyncio.run(both())
        assert _minutes(workers.settings, "line_minutes") == [(int(old // 60), 60)]
        assert settled(workers, 60).balanced
