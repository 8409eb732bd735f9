"""From topic to counts committed in Postgres: a backlog is drained while its producer is idle."""

import asyncio
import itertools
import multiprocessing
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
from aiokafka import AIOKafkaConsumer

from connectors.kafka import client_options, topic_name
from connectors.ledger import draw_up
from connectors.publish import Publisher, batch_headers
from connectors.stores.migrate import migrate
from connectors.topics import ensure_topics
from schemas.settings import Settings
from schemas.topics import LOGS_RAW
from tests.bench.measuring import Watch, metric, report
from tests.bench.stream import Stream
from tests.workers import Workers


def fresh(settings: Settings, name: str) -> Settings:
    """The same servers, with topics and a database of their own."""
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    own = settings.model_copy(
        update={
            "topic_prefix": f"{name}.",
            "database_url": type(settings.database_url)(f"{url.rpartition('/')[0]}/{name}"),
            "data_dir": settings.data_dir / name,
        }
    )
    own.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(own.database_url.get_secret_value())
    ensure_topics(own)
    # What is set here and is no default has to reach the workers through their environment.
    own.model_fields_set.update({"topic_prefix", "database_url", "data_dir"})
    return own


def fill(settings: Settings, data: Path, lines: int, seed: int = 1) -> None:
    """Put the backlog into logs.raw, from a process of its own."""
    process = multiprocessing.get_context("spawn").Process(
        target=_fill, args=(settings, data, lines, seed)
    )
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("the backlog could not be produced")


def _fill(settings: Settings, data: Path, lines: int, seed: int) -> None:
    async def produce() -> None:
        start = datetime.fromtimestamp(time.time() - lines / 20_000, UTC)
        async with Publisher(settings) as publisher:
            sent = [
                await publisher.send(batch, batch_headers(batch, None))
                for batch in Stream(data, seed).batches(lines, start)
            ]
            await asyncio.gather(*sent)

    asyncio.run(produce())


def committed_lines(settings: Settings) -> int:
    """Lines whose counts are committed."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        row = connection.execute("select coalesce(sum(lines), 0) from batches").fetchone()
    return int(row[0]) if row else 0


async def consume_alone(settings: Settings) -> float:
    """Baseline: a plain consumer that only fetches the same records; lines' bytes per second."""
    topic = topic_name(settings, LOGS_RAW)
    consumer = AIOKafkaConsumer(topic, **client_options(settings), auto_offset_reset="earliest")
    await consumer.start()
    ends = await consumer.end_offsets(consumer.assignment())
    records, started = 0, time.perf_counter()
    while records < sum(ends.values()):
        fetched = await consumer.getmany(timeout_ms=200)
        records += sum(len(found) for found in fetched.values())
    await consumer.stop()
    return records / (time.perf_counter() - started)


def drain(settings: Settings, lines: int, ingest: int = 1) -> dict[str, object]:
    """Start workers on a full topic and watch until every line is committed."""
    apps = ["ingest"] * ingest + ["persist"]
    with Workers(settings, apps) as workers:
        workers.wait_ready(*workers.running)
        watch = Watch({n: psutil.Process(p.pid) for n, p in workers.running.items()})
        # Lines that were done before the first look are taken off both ends.
        first, started = committed_lines(settings), time.monotonic()
        marks = [(started, first)]
        while marks[-1][1] < lines:
            time.sleep(1)
            watch.sample()
            marks.append((time.monotonic(), committed_lines(settings)))
        seconds = marks[-1][0] - started
        counted = lines - first
        rows = metric(workers.port(f"persist-{ingest}"), "foreshock_upserted_rows")
        ledger = asyncio.run(draw_up(settings))
        cpu = watch.cpu_seconds()
        return {
            "lines": lines,
            "seconds": round(seconds, 1),
            "lines_per_second": round(counted / seconds),
            "slowest_tenth": _slowest_tenth(marks),
            "balanced": ledger.balanced,
            "rows_per_1000_lines": round(rows / lines * 1000, 2),
            "cpu_seconds_per_million": {n: round(s / counted * 1e6, 2) for n, s in cpu.items()},
            "cpu_seconds_per_million_all": round(sum(cpu.values()) / counted * 1e6, 2),
            "rss_slope_mib_per_minute": watch.rss_slope_mib_per_minute(),
            "rss_mib": {n: round(points[-1][1] / 2**20) for n, points in watch.rss.items()},
        }


def _slowest_tenth(marks: list[tuple[float, int]]) -> int:
    """Lines per second in the slowest tenth of the time, to see whether the lag would grow.

    Without the first and the last tenth: caches fill in the one, the backlog ends in the other.
    """
    step = max(1, len(marks) // 10)
    cut = marks[step:-step:step]
    rates = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(cut)]
    return round(min(rates)) if rates else 0


def run(settings: Settings, data: Path, lines: int) -> None:
    """One ingest worker, then two, on the same stream."""
    one = fresh(settings, "one")
    fill(one, data, lines)
    baseline = asyncio.run(consume_alone(one))
    figures = drain(one, lines)
    report("end_to_end", workers=1, fetch_alone_lines_per_second=round(baseline * 1000), **figures)
    two = fresh(settings, "two")
    fill(two, data, lines // 2)
    half = drain(two, lines // 2, ingest=2)
    single = float(str(figures["cpu_seconds_per_million_all"]))
    double = float(str(half["cpu_seconds_per_million_all"]))
    report("end_to_end", workers=2, cpu_ratio_to_one=round(double / single, 3), **half)
