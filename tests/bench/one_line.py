"""Strangers' one-line records: how many a second, and how few rows they leave behind."""

import asyncio
import time

import psutil

from agents.app import create_app
from agents.engine.packer import Packer
from schemas.headers import Headers
from schemas.settings import Settings
from tests.bench.end_to_end import committed_lines, fresh
from tests.bench.measuring import Watch, report
from tests.flows.test_packing import rows
from tests.workers import Workers, produce


def run(settings: Settings, count: int) -> None:
    """A backlog of one-line records through one ingest and one persist worker."""
    own = fresh(settings, "lines")
    records: list[tuple[bytes | None, bytes, Headers]] = [
        (b"stranger-%d" % (n % 24), b"request %d took %d ms" % (n, n % 977), [])
        for n in range(count)
    ]
    asyncio.run(produce(own, records))
    with Workers(own, ("ingest", "persist")) as workers:
        workers.wait_ready(*workers.running)
        watch = Watch({n: psutil.Process(p.pid) for n, p in workers.running.items()})
        first, started = committed_lines(own), time.monotonic()
        while committed_lines(own) < count:
            time.sleep(0.5)
            watch.sample()
        seconds = time.monotonic() - started
        before = rows(own)
        asyncio.run(_pack(own))
        report(
            "one_line_records",
            records=count,
            records_per_second=round((count - first) / seconds),
            batch_rows_before_packing=before,
            batch_rows=rows(own),
            cpu_seconds_per_million={
                n: round(s / count * 1e6, 1) for n, s in watch.cpu_seconds().items()
            },
            rss_slope_mib_per_minute=watch.rss_slope_mib_per_minute(),
        )


async def _pack(settings: Settings) -> None:
    app = create_app(settings, "persist")
    await app.pool.open()
    for _ in range(5):
        await Packer(app, settings).pack(int(time.time() * 1000) + 120_000)
    await app.pool.close()
