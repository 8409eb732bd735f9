"""Metric history: points a second into each back end, beside a plain COPY, and query times."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from connectors.stores.history import back_end, writing
from connectors.stores.history.choice import open_history
from connectors.stores.history.port import History
from connectors.stores.history.postgres import series_number
from connectors.stores.postgres import Pool, new_pool, transaction
from schemas.history import RAW, Aggregate, Point
from schemas.settings import Settings
from tests.bench.end_to_end import fresh
from tests.bench.measuring import report

_MINUTE: Final = 60_000
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_TURNS: Final = 7  # of each query; the median counts
_NAMES: Final = ("host-1", "metric-1")


def run(settings: Settings) -> None:
    """Postgres, and InfluxDB where there is one."""
    names = [back_end.POSTGRES, *([back_end.INFLUXDB] if settings.influxdb_url else [])]
    for name in names:
        own = fresh(settings, f"history_{name}")
        own = own.model_copy(update={"influxdb_enabled": name == back_end.INFLUXDB})
        asyncio.run(_measure(own, name))


async def _measure(settings: Settings, name: str) -> None:
    now = int(time.time() * 1000) // _DAY * _DAY
    async with new_pool(settings) as pool, open_history(settings, pool) as history:
        kinds = {
            "backlog": _flushes(100, 10_000, 40, now - 2 * _DAY),
            "live": _flushes(10_000, 5_000, 40, now - _HOUR),
        }
        for kind, flushes in kinds.items():
            packs = list(flushes)
            count, seconds = sum(map(len, packs)), await _timed(pool, history, packs)
            figures: dict[str, float] = {
                "points": count,
                "points_per_second": round(count / seconds),
            }
            if name == back_end.POSTGRES:
                copied = await _plain_copy(pool, packs)
                figures["plain_copy_per_second"] = round(count / copied)
                figures["cost_of_copy"] = round(seconds / copied, 1)
            report("history_write", back_end=name, kind=kind, **figures)
        report("history_query", back_end=name, milliseconds=await _queries(history, now))


def _flushes(series: int, size: int, count: int, start_ms: int) -> Iterator[list[Point]]:
    """Points of `series` series, one a minute each, in the order in which they would come."""
    for flush in range(count):
        numbers = range(flush * size, (flush + 1) * size)
        yield [
            Point(
                f"host-{n % series // 10}", f"metric-{n % 10}", start_ms + n // series * _MINUTE,
                n % 977 / 7, 0, flush, n,
            )
            for n in numbers
        ]  # fmt: skip


async def _timed(pool: Pool, history: History, packs: list[list[Point]]) -> float:
    started = time.monotonic()
    for pack in packs:
        async with transaction(pool) as connection:
            written = await history.write(connection, pack)
        if written.rejected:
            raise RuntimeError(written.rejected[0][1])
    return time.monotonic() - started


async def _plain_copy(pool: Pool, packs: list[list[Point]]) -> float:
    """The same points into a table without any index, nothing looked up, nothing summed."""
    async with transaction(pool) as connection:
        await connection.execute(
            "create table if not exists plain (series bigint, time_ms bigint,"
            ' value double precision, "offset" bigint, partition integer, index integer)'
        )
    rows = [
        [
            writing.Row(series_number(p.host, p.metric), p.time_ms, p.value, p.offset, 0, p.index)
            for p in pack
        ]
        for pack in packs
    ]
    started = time.monotonic()
    for pack in rows:
        async with (
            transaction(pool) as connection,
            connection.cursor().copy("copy plain from stdin (format binary)") as copying,
        ):
            await copying.write(writing.packed(pack))
    return time.monotonic() - started


async def _queries(history: History, now: int) -> dict[str, float]:
    async def one(span: int, step: int, aggregate: Aggregate = "mean") -> None:
        await history.query(*_NAMES, now - 2 * _DAY, now - 2 * _DAY + span, step, aggregate)

    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "6 h, points": lambda: one(6 * _HOUR, RAW),
        "24 h by 5 min": lambda: one(_DAY, 5 * _MINUTE),
        "90 d by 6 h": lambda: one(90 * _DAY, 6 * _HOUR, "max"),
        "series of a host": lambda: history.series(_NAMES[0]),
        "10,000 series": history.series,
    }
    return {name: await _median(ask) for name, ask in questions.items()}


async def _median(ask: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(_TURNS):
        started = time.monotonic()
        await ask()
        taken.append((time.monotonic() - started) * 1000)
    return round(statistics.median(taken), 1)
