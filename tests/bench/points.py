"""Metric points: reading a record alone, and from the producer through both who read the topic.

Persist keeps the points, with balanced books, and metrics judges them, side by side. A fleet of
1,000 hosts, each with 10 metrics a minute: 10,000 points a minute in real time.
"""

import asyncio
import random
import time
from collections.abc import Iterator

import msgspec
import psutil
import psycopg

from agents.measuring import read
from agents.measuring.points import DAY_MS
from agents.parsing.record import Record
from connectors.ledger import draw_up
from connectors.publish import Publisher, metric_headers
from schemas.metrics import MetricBatch, encode_metrics
from schemas.settings import Settings
from tests.bench.end_to_end import fresh
from tests.bench.measuring import Watch, metric, report
from tests.workers import Workers

_HOSTS, _METRICS, _PER_RECORD = 1_000, 10, 1_000
_PER_MINUTE = _HOSTS * _METRICS
_MINUTE_MS = 60_000
_RETENTION_MS = 90 * DAY_MS
_PERSIST, _DETECT = "persist-0", "metrics-1"


def fleet(minutes: int) -> Iterator[MetricBatch]:
    """The last minutes of the fleet, in batches of 1,000 points of one source."""
    random_ = random.Random(1)
    begin = int(time.time()) * 1000 - minutes * _MINUTE_MS
    names = [f"metric_{number}" for number in range(_METRICS)]
    hosts = [f"host-{number}" for number in range(_HOSTS)]
    step = _PER_RECORD // _METRICS
    for minute in range(minutes):
        for first in range(0, _HOSTS, step):
            some = hosts[first : first + step]
            yield MetricBatch(
                f"fleet-{first // step}",
                [host for host in some for _ in names],
                names * step,
                [begin + minute * _MINUTE_MS] * _PER_RECORD,
                [random_.random() for _ in range(_PER_RECORD)],
            )


def run(settings: Settings, minutes: int = 60) -> None:
    """Both measurements."""
    _read_alone()
    own = fresh(settings, "points")
    wanted = minutes * _PER_MINUTE
    with Workers(own, ["persist", "metrics"]) as workers:
        workers.wait_ready(*workers.running)
        watch = Watch({n: psutil.Process(p.pid) for n, p in workers.running.items()})
        started = time.monotonic()
        asyncio.run(_publish(own, minutes))
        finished: dict[str, float] = {}
        while len(finished) < len(workers.running):
            time.sleep(0.5)
            watch.sample()
            for name, points in _done(own, workers).items():
                if points >= wanted:
                    finished.setdefault(name, time.monotonic() - started)
        cpu = watch.cpu_seconds()
    rates = {name: wanted / seconds for name, seconds in finished.items()}
    times = {name: round(rate / (_PER_MINUTE / 60), 1) for name, rate in rates.items()}
    report(
        "points",
        points=wanted,
        seconds={name: round(seconds, 1) for name, seconds in finished.items()},
        points_per_second={name: round(rate) for name, rate in rates.items()},
        times_real_time=times,
        at_least_50_times=min(times.values()) >= 50,
        balanced=asyncio.run(draw_up(own)).balanced,
        cpu_seconds_per_million={n: round(s / wanted * 1e6, 2) for n, s in cpu.items()},
        detect_cpu_us_per_point=round(cpu[_DETECT] / wanted * 1e6, 2),
    )


def _done(settings: Settings, workers: Workers) -> dict[str, float]:
    """Points that each worker is done with."""
    judged = metric(workers.port(_DETECT), "foreshock_judged_points")
    return {_PERSIST: _stored(settings), _DETECT: judged}


def _read_alone() -> None:
    """Beside it as a baseline the bare decoding of the same bytes."""
    batch = next(fleet(1))
    value, now = encode_metrics(batch), batch.time_ms[0]
    record = Record("metrics.raw", 0, 0, now, b"k", value, metric_headers(batch, None))
    items = msgspec.json.encode(
        [
            {"host": h, "name": m, "timestamp": t, "value": v}
            for h, m, t, v in zip(batch.host, batch.metric, batch.time_ms, batch.value, strict=True)
        ]
    )
    stranger = Record("metrics.raw", 0, 0, now, b"k", items, [])
    rounds = 100
    figures = {}
    for name, one in (("ours", record), ("json", stranger)):
        began = time.perf_counter()
        for _ in range(rounds):
            read(one, _RETENTION_MS)
        figures[f"{name}_us_per_point"] = round(
            (time.perf_counter() - began) / rounds / _PER_RECORD * 1e6, 2
        )
    began = time.perf_counter()
    for _ in range(rounds):
        msgspec.json.decode(items)
    bare = (time.perf_counter() - began) / rounds / _PER_RECORD * 1e6
    report("read_points", **figures, json_decode_alone_us_per_point=round(bare, 2))


async def _publish(settings: Settings, minutes: int) -> None:
    async with Publisher(settings) as publisher:
        sent = [
            await publisher.send_metrics(batch, metric_headers(batch, None))
            for batch in fleet(minutes)
        ]
        await asyncio.gather(*sent)


def _stored(settings: Settings) -> int:
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        row = connection.execute("select coalesce(sum(stored), 0) from point_batches").fetchone()
    return int(row[0]) if row else 0
