"""One-line records leave few rows behind, and their books still balance and still dedupe."""

import asyncio
import time

import psycopg
import pytest

from agents.app import create_app
from agents.engine.packer import Packer
from connectors.stores import packing
from schemas.headers import Headers
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from tests.flows.points import kept, last, metric_books, publish_points, record_of, settled_points
from tests.flows.test_exact_path import forget_offsets
from tests.flows.test_points import forget_point_offsets
from tests.flows.truth import counted
from tests.stack import RunningStack
from tests.workers import produce, running, settled


async def _pack(settings: Settings) -> None:
    app = create_app(settings, "persist")
    await app.pool.open()
    try:
        await Packer(app, settings).pack(int(time.time() * 1000) + 120_000)
    finally:
        await app.pool.close()


def rows(settings: Settings, table: str = "batches") -> int:
    """Rows of a table of batches."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        found = connection.execute(f"select count(*) from {table}".encode()).fetchone()
    return int(found[0]) if found else 0


def test_packed_rows_are_few_balanced_and_never_applied_again(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "ROWS_AT_ONCE", 400)  # one round packs all there is all the same
    with running(stack) as workers:
        lines: list[tuple[bytes | None, bytes, Headers]] = [
            (f"s{n % 3}".encode(), f"line {n}".encode(), []) for n in range(3_000)
        ]
        asyncio.run(produce(workers.settings, lines))
        settled(workers, 3_000)
        assert rows(workers.settings) == 3_000
        asyncio.run(_pack(workers.settings))
        assert rows(workers.settings) < 20
        assert settled(workers, 3_000).balanced
        workers.wait_ready("persist-1")
        workers.stop("persist-1")
        asyncio.run(forget_offsets(workers.settings, "persist"))
        workers.start("persist-1")
        asyncio.run(produce(workers.settings, lines[:30]))
        ledger = settled(workers, 3_030)
        assert ledger.balanced, ledger.faults
        assert counted(workers.settings) == {"s0": 1_010, "s1": 1_010, "s2": 1_010}
        asyncio.run(_pack(workers.settings))
        assert settled(workers, 3_030).balanced


def _one_point(number: int, now_ms: int) -> MetricBatch:
    """Every tenth comes with the series and time of the one before it."""
    time_ms = now_ms - (number - (number % 10 == 9)) // 3 * 1_000
    source = f"s{number % 3 - (number % 10 == 9 and number % 3 > 0)}"
    return MetricBatch(source, [source], ["cpu_usage"], [time_ms], [float(number)])


def test_packed_rows_of_points_are_few_balanced_and_never_applied_again(
    stack: RunningStack,
) -> None:
    now_ms = int(time.time() * 1000)
    with running(stack, ("persist",)) as workers:
        settings = workers.settings
        made = [_one_point(number, now_ms) for number in range(2_000)]
        asyncio.run(publish_points(settings, [record_of(b) for b in made], partition=0))
        before = metric_books(settled_points(workers, 2_000))
        assert rows(settings, "point_batches") == 2_000
        asyncio.run(_pack(settings))
        assert rows(settings, "point_batches") <= 4
        ledger = settled_points(workers, 2_000)
        assert ledger.balanced, ledger.faults
        assert metric_books(ledger) == before
        assert sum(line.deduplicated for line in before.values()) > 0
        workers.wait_ready("persist-0")
        workers.stop("persist-0")
        asyncio.run(forget_point_offsets(settings))
        workers.start("persist-0")
        extra = MetricBatch("late", ["late"], ["cpu_usage"], [now_ms], [1.0])
        asyncio.run(publish_points(settings, [record_of(extra)], partition=0))
        ledger = settled_points(workers, 2_001)
        assert ledger.balanced, ledger.faults
        books = metric_books(ledger)
        assert {name: line for name, line in books.items() if name != "late"} == before
        assert kept(settings) == last([*made, extra])
