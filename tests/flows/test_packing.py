"""One-line records leave few rows behind, and their books still balance and still dedupe."""

import asyncio
import time

import psycopg

from agents.app import create_app
from agents.engine.packer import Packer
from schemas.headers import Headers
from schemas.settings import Settings
from tests.flows.test_exact_path import forget_offsets
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


def rows(settings: Settings) -> int:
    """Rows of the table of batches."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        found = connection.execute("select count(*) from batches").fetchone()
    return int(found[0]) if found else 0


def test_packed_rows_are_few_balanced_and_never_applied_again(stack: RunningStack) -> None:
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
