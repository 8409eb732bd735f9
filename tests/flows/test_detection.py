"""Points to signals through real workers: what was learnt and said survives their deaths."""

import asyncio
import math
import random
import time
from collections.abc import Sequence

from connectors.publish import Publisher, batch_headers, metric_headers
from schemas.logs import LogBatch, decode_entries
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from schemas.topics import GAUGES_STATE, LOG_ENTRIES, METRICS_RAW, RATES_STATE, Topic
from tests.flows.detecting import gauges_of, kept_states, rates_of, records, said_signals
from tests.flows.dying import STEPS, die
from tests.flows.past import past_lines
from tests.stack import RunningStack
from tests.workers import Workers, installation, running

_HOSTS = [f"host-{n}" for n in range(6)]
_PATIENCE_SECONDS = 90.0


def _past_and_present(now_ms: int) -> list[MetricBatch]:
    """Six hours a minute apart, imported; then live points, in which one host goes wrong."""
    chance = random.Random(3)
    batches = []
    for host in _HOSTS:
        level = chance.uniform(20, 40)
        times = range(now_ms - 21_600_000, now_ms, 60_000)
        for first in range(0, len(times), 90):
            part = times[first : first + 90]
            values = [level + 3 * math.sin((now_ms - t) / 3e6) + chance.gauss(0, 1) for t in part]
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


def _wait_committed(workers: Workers, topic: Topic, truth: dict[bytes, bytes]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while asyncio.run(kept_states(workers.settings, topic)) != truth:
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
        truth, said = gauges_of(asyncio.run(records(settings, METRICS_RAW)))
        _wait_committed(workers, GAUGES_STATE, truth)
        found = asyncio.run(said_signals(settings))
        assert {(s.id, s.version): s for s in said} == found
        assert {s.host for s in said} == {_HOSTS[2]}
        assert "paging" in {s.strength for s in said}


def test_no_point_is_learnt_twice_wherever_detect_dies(stack: RunningStack) -> None:
    settings = installation(stack)
    batches = _past_and_present(round(time.time() * 1000) - 600_000)
    batches.sort(key=lambda batch: batch.time_ms[0])
    size = len(batches) // (len(STEPS) + 1) + 1
    parts = [batches[n * size : (n + 1) * size] for n in range(len(STEPS) + 1)]
    for part, step in zip(parts, STEPS, strict=False):
        asyncio.run(_publish(settings, part))
        die(settings, "detect", step, records=len(part))
    asyncio.run(_publish(settings, parts[-1]))
    truth, said = gauges_of(asyncio.run(records(settings, METRICS_RAW)))
    with Workers(settings, ["metrics"]) as workers:
        _wait_committed(workers, GAUGES_STATE, truth)
    assert {(s.id, s.version): s for s in said} == asyncio.run(said_signals(settings))
    assert {s.host for s in said} == {_HOSTS[2]}


def test_no_line_is_learnt_twice_wherever_rate_dies(stack: RunningStack) -> None:
    settings = installation(stack)
    now_ms = round(time.time() * 1000)
    with Workers(settings, ["ingest"]) as workers:
        for step in STEPS:
            batches = [past_lines(f"{step}-{n}", now_ms) for n in range(8)]
            asyncio.run(_publish_logs(settings, batches))
            wanted = 8 * (STEPS.index(step) + 1)
            _wait_entries(workers, wanted)
            die(settings, "rate", step, records=1)
    truth, said = rates_of(asyncio.run(records(settings, LOG_ENTRIES)))
    with Workers(settings, ["metrics"]) as workers:
        _wait_committed(workers, RATES_STATE, truth)
    assert {(s.id, s.version): s for s in said} == asyncio.run(said_signals(settings))
    assert len(truth) > 1


def _wait_entries(workers: Workers, wanted: int) -> None:
    """Until so many records of logs.raw have their entries."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = asyncio.run(records(workers.settings, LOG_ENTRIES))
        if sum(len(decode_entries(record.value)) for record in found) >= wanted:
            return
        assert time.monotonic() < until, workers.log.read_text()[-5000:]
        time.sleep(0.2)


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
        while not (found := asyncio.run(said_signals(settings))):
            assert time.monotonic() < until, workers.log.read_text()[-5000:]
            time.sleep(0.5)
        workers.kill("metrics-1")
        workers.start("metrics-1")
        truth, _ = rates_of(asyncio.run(records(settings, LOG_ENTRIES)))
        _wait_committed(workers, RATES_STATE, truth)
        found = asyncio.run(said_signals(settings))
        assert [(s.kind, s.source) for s in found.values()] == [("new_pattern", "shop")]
        assert "pool exhausted" in next(iter(found.values())).sample


async def _publish_logs(settings: Settings, batches: Sequence[LogBatch]) -> None:
    async with Publisher(settings) as publisher:
        for batch in batches:
            await (await publisher.send(batch, batch_headers(batch, None)))
