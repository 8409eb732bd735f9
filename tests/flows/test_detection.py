"""Points to signals through real workers: what was learnt and said survives their deaths."""

import asyncio
import math
import random
import time
from collections.abc import Sequence

from agents.detection.gauges import Gauges
from agents.detection.rates import Rates
from agents.engine.shards import Newest, Shards
from agents.measuring import read
from agents.parsing.record import Record
from connectors.kafka import topic_name
from connectors.publish import Publisher, batch_headers, metric_headers
from connectors.topic_log import open_log
from schemas.logs import LogBatch, decode_entries
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import GAUGES_STATE, LOG_ENTRIES, METRICS_RAW, RATES_STATE, SIGNALS, Topic
from tests.stack import RunningStack
from tests.workers import Workers, running

_HOSTS = [f"host-{n}" for n in range(6)]
_RETENTION_MS = 90 * 86_400_000
_PATIENCE_SECONDS = 90.0


async def _records(settings: Settings, topic: Topic) -> list[Record]:
    async with open_log(settings, topic_name(settings, topic)) as log:
        return [
            Record(
                topic.name,
                partition,
                found.offset,
                found.timestamp,
                found.key,
                found.value or b"",
                list(found.headers),
            )
            for partition, (start, end) in (await log.bounds()).items()
            async for found in log.read(partition, start, end)
        ]


async def _signals(settings: Settings) -> dict[tuple[str, int], Signal]:
    """Every version of every signal once; what was said twice must have been the same."""
    found: dict[tuple[str, int], Signal] = {}
    for record in await _records(settings, SIGNALS):
        signal = Signal.model_validate_json(record.value)
        assert found.setdefault((signal.id, signal.version), signal) == signal
    return found


async def _kept(settings: Settings, topic: Topic) -> dict[bytes, bytes]:
    """The state of each shard as the newest checkpoint has it."""
    newest, shards = Newest(), Shards()
    for record in await _records(settings, topic):
        newest.read(record.key or b"", record.value)
    shards.restore(newest.values)
    return {key: shards.state(key) or b"" for key in shards}


def _past_and_present(now_ms: int) -> list[MetricBatch]:
    """Six hours a minute apart, imported; then live points, in which one host goes wrong."""
    chance = random.Random(3)
    batches = []
    for host in _HOSTS:
        level = chance.uniform(20, 40)
        times = range(now_ms - 21_600_000, now_ms, 60_000)
        for first in range(0, len(times), 90):
            part = times[first : first + 90]
            values = [level + 5 * math.sin(t / 3e6) + chance.gauss(0, 1) for t in part]
            batches.append(
                MetricBatch(
                    host,
                    [host] * len(part),
                    ["cpu_usage"] * len(part),
                    list(part),
                    values,
                    imported=True,
                )
            )
        for step in range(30):
            wrong = host == _HOSTS[2] and step >= 6
            value = 99.0 if wrong else level + chance.gauss(0, 1)
            batches.append(
                MetricBatch(host, [host], ["cpu_usage"], [now_ms + step * 10_000], [value])
            )
    return batches


async def _publish(settings: Settings, batches: Sequence[MetricBatch]) -> None:
    async with Publisher(settings) as publisher:
        sent = [
            await publisher.send_metrics(batch, metric_headers(batch, None)) for batch in batches
        ]
        await asyncio.gather(*sent)


def _undisturbed(records: Sequence[Record]) -> tuple[dict[bytes, bytes], list[Signal]]:
    gauges = Gauges()
    signals: list[Signal] = []
    keys: set[bytes] = set()
    for record in records:
        measured = read(record, _RETENTION_MS)
        said, changed = gauges.judge(
            record.partition, [(record.offset, measured)], lambda _key, _offset: False
        )
        signals += said
        keys.update(changed)
    return {key: gauges.state(key) for key in keys}, signals


def _wait_committed(workers: Workers, topic: Topic, truth: dict[bytes, bytes]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while asyncio.run(_kept(workers.settings, topic)) != truth:
        assert time.monotonic() < until, workers.log.read_text()[-5000:]
        workers.restart_dead()
        time.sleep(0.5)


def test_baselines_and_signals_are_those_of_an_undisturbed_run(stack: RunningStack) -> None:
    with running(stack, ["metrics", "metrics"]) as workers:
        settings = workers.settings
        batches = _past_and_present(round(time.time() * 1000) - 600_000)
        third = len(batches) // 3
        workers.wait_ready(*workers.running)
        for part in range(3):
            asyncio.run(_publish(settings, batches[part * third : (part + 1) * third]))
            workers.kill(f"metrics-{part % 2}")
            workers.start(f"metrics-{part % 2}")
        asyncio.run(_publish(settings, batches[3 * third :]))
        truth, said = _undisturbed(asyncio.run(_records(settings, METRICS_RAW)))
        _wait_committed(workers, GAUGES_STATE, truth)
        found = asyncio.run(_signals(settings))
        assert {(s.id, s.version): s for s in said} == found
        assert {s.host for s in said} == {_HOSTS[2]}
        assert "paging" in {s.strength for s in said}


def test_an_error_never_seen_is_said_once_and_an_old_one_is_not(stack: RunningStack) -> None:
    with running(stack, ["ingest", "metrics"]) as workers:
        settings = workers.settings
        now = round(time.time())
        past = [
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 7200 + n * 10)).encode()
            for n in range(700)
        ]
        lines = [b"%s ERROR cannot reach cache %d" % (t, n) for n, t in enumerate(past)]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)).encode()
        known = b"%s ERROR cannot reach cache 7" % stamp
        unknown = b"%s ERROR pool exhausted after deployment" % stamp
        asyncio.run(_publish_logs(settings, [LogBatch("shop", lines, imported=True)]))
        workers.wait_ready(*workers.running)
        asyncio.run(_publish_logs(settings, [LogBatch("shop", [known, unknown, unknown])]))
        asyncio.run(_publish_logs(settings, [LogBatch("shop", [unknown])]))
        until = time.monotonic() + _PATIENCE_SECONDS
        while not (found := asyncio.run(_signals(settings))):
            assert time.monotonic() < until, workers.log.read_text()[-5000:]
            time.sleep(0.5)
        workers.kill("metrics-1")
        workers.start("metrics-1")
        entries = asyncio.run(_records(settings, LOG_ENTRIES))
        rates, keys = Rates(str), set[bytes]()
        for record in entries:
            _, changed = rates.apply(
                record.partition,
                [(record.offset, decode_entries(record.value))],
                lambda _key, _offset: False,
            )
            keys.update(changed)
        _wait_committed(workers, RATES_STATE, {key: rates.state(key) for key in keys})
        found = asyncio.run(_signals(settings))
        assert [(s.kind, s.source) for s in found.values()] == [("new_pattern", "shop")]
        assert "pool exhausted" in next(iter(found.values())).sample


async def _publish_logs(settings: Settings, batches: Sequence[LogBatch]) -> None:
    async with Publisher(settings) as publisher:
        for batch in batches:
            await (await publisher.send(batch, batch_headers(batch, None)))
