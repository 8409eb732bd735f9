"""The host source: this machine and Foreshock's own processes, measured at an interval.

Points carry the time at which they were measured. While the broker does not answer nothing is
measured: a gap in a curve is true, and an old value sent late would not be.
"""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from connectors.embedded.processes import Identity, is_alive
from connectors.instance import read_instance
from connectors.publish import metric_headers
from connectors.sources.edge import Edge
from connectors.sources.machine import Reading, readings
from connectors.sources.rates import Rates
from connectors.sources.registry import source
from schemas.metrics import MetricBatch
from schemas.settings import Settings

_OWN: Final = "foreshock"


@source("host", wanted=lambda settings: settings.host_metrics)
async def poll(edge: Edge, settings: Settings) -> None:
    """Measure this machine until cancelled."""
    host = socket.gethostname()
    rates = Rates()
    await asyncio.to_thread(_measure, settings.data_dir, rates)  # so that rates have a beginning
    while True:
        # Aligned, so that the points of several hosts fall together.
        await asyncio.sleep(
            settings.host_metrics_seconds - time.time() % settings.host_metrics_seconds
        )
        measured_ms = int(time.time() * 1000)
        found = await asyncio.to_thread(_measure, settings.data_dir, rates)
        batch = as_batch(host, found, measured_ms)
        await (await edge.publisher.send_metrics(batch, metric_headers(batch, None)))


def as_batch(host: str, found: list[Reading], time_ms: int) -> MetricBatch:
    """Readings of one host at one time (Unix ms), as source host:HOST."""
    return MetricBatch(
        f"host:{host}",
        [host] * len(found),
        [metric for metric, _ in found],
        [time_ms] * len(found),
        [value for _, value in found],
    )


def _measure(data_dir: Path, rates: Rates) -> list[Reading]:
    return [*readings(rates), *own_parts(data_dir, rates)]


def own_parts(data_dir: Path, rates: Rates) -> Iterator[Reading]:
    """Memory and CPU (in percent of one core) of each part of the instance in a data directory.

    A part's children count too, but not the memory that they share with it.
    """
    instance = read_instance(data_dir)
    if instance is None:
        return
    yield from _part("supervisor", instance.supervisor, rates)
    for part in instance.parts:
        if part.process is not None:
            yield from _part(part.name, part.process, rates)


def _part(name: str, identity: Identity, rates: Rates) -> Iterator[Reading]:
    if not is_alive(identity):
        return
    try:
        process = psutil.Process(identity.pid)
        memory, seconds = process.memory_info().rss, _cpu_seconds(process)
    except psutil.Error:  # gone meanwhile
        return
    # The supervisor's children are the other parts.
    children = [] if name == "supervisor" else _children(process)
    for child in children:
        try:
            found = child.memory_info()
            memory += found.rss - getattr(found, "shared", 0)
            seconds += _cpu_seconds(child)
        except psutil.Error:
            continue
    yield f"process_memory_used[{_OWN}/{name}]", float(memory)
    rate = rates.of(f"cpu of {name} {identity.pid}", seconds, time.monotonic())
    if rate is not None:
        yield f"process_cpu_usage[{_OWN}/{name}]", 100.0 * rate


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
