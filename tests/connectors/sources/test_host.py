"""This machine is measured in the dictionary's names, at an interval, with its own parts."""

import asyncio
import math
import os
from pathlib import Path

import pytest

from connectors.embedded.processes import identify
from connectors.instance import Instance, PartState, write_instance
from connectors.kafka import topic_name
from connectors.sources import host
from connectors.sources.edge import open_edge
from connectors.sources.machine import readings
from connectors.sources.rates import Rates
from connectors.sources.registry import wanted_sources
from connectors.topic_log import open_log
from schemas.metric_names import PERCENT, UNITS, unit_of
from schemas.metrics import MetricBatch, decode_metrics
from schemas.settings import Settings, load
from schemas.topics import METRICS_RAW
from tests.connectors.sources.support import fresh
from tests.stack import RunningStack


def test_a_rate_needs_two_looks_and_a_counter_that_rises() -> None:
    rates = Rates()
    assert rates.of("a", 100, 1.0) is None
    assert rates.of("a", 150, 3.0) == 25.0
    assert rates.of("b", 7, 3.0) is None
    assert rates.of("a", 10, 4.0) is None  # began anew
    assert rates.of("a", 12, 4.0) is None  # no time has passed
    assert rates.of("a", 13, 5.0) == 1.0


def test_this_machine_is_told_in_names_of_the_dictionary() -> None:
    rates = Rates()
    readings(rates)
    found = readings(rates)
    names = [metric for metric, _ in found]
    assert len(names) == len(set(names))
    assert {metric.partition("[")[0] for metric in names} <= set(UNITS)
    assert {"memory_used_percent", "load1", "processes", "uptime"} <= set(names)
    assert any(name.startswith("disk_used_percent[/") for name in names)
    for metric, value in found:
        assert math.isfinite(value), metric
        assert value >= 0, metric
        assert unit_of(metric) != PERCENT or value <= 100, metric


def test_own_parts_are_measured_by_name(tmp_path: Path) -> None:
    assert list(host.own_parts(tmp_path, Rates())) == []
    identity = identify(os.getpid())
    assert identity is not None
    parts = [PartState(name="ingest-1", version="1", port=1, process=identity)]
    parts.append(PartState(name="not-started", version="1", port=2))
    write_instance(tmp_path, Instance(supervisor=identity, kafka="", postgres="", parts=parts))
    rates = Rates()
    list(host.own_parts(tmp_path, rates))
    found = dict(host.own_parts(tmp_path, rates))
    assert found["process_memory_used[foreshock/ingest-1]"] > 1_000_000
    assert found["process_cpu_usage[foreshock/ingest-1]"] >= 0
    assert {name.partition("[")[2] for name in found} == {
        "foreshock/ingest-1]",
        "foreshock/supervisor]",
    }


def test_it_is_polled_where_the_settings_say_so() -> None:
    assert [s.name for s in wanted_sources(load(host_metrics=True))] == ["host"]
    assert wanted_sources(load()) == []


@pytest.mark.stack
async def test_points_arrive_on_their_topic(stack: RunningStack, tmp_path: Path) -> None:
    settings = (await fresh(stack, tmp_path)).model_copy(update={"host_metrics_seconds": 1.0})
    async with open_edge(settings) as edge:
        polling = asyncio.ensure_future(host.poll(edge, settings))
        while len(await _arrived(settings)) < 2:
            assert not polling.done()
            await asyncio.sleep(0.1)
        polling.cancel()
    first, second = (await _arrived(settings))[:2]
    assert set(first.host) == {first.source.removeprefix("host:")}
    assert {"cpu_count", "memory_used"} <= set(first.metric)
    assert len(set(first.time_ms)) == 1
    assert second.time_ms[0] - first.time_ms[0] >= 500


async def _arrived(settings: Settings) -> list[MetricBatch]:
    found: list[MetricBatch] = []
    async with open_log(settings, topic_name(settings, METRICS_RAW)) as log:
        for partition, (start, end) in (await log.bounds()).items():
            async for record in log.read(partition, start, end):
                found.append(decode_metrics(record.value or b""))
    return found
