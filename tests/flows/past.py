"""A past to learn from: what is usual of made-up hosts and services."""

import random
import time
from collections.abc import Sequence

from schemas.logs import LogBatch
from schemas.metrics import MetricBatch

CPU, MEMORY = "cpu_usage", "memory_used_percent"
_PAST_MS, _MINUTE_MS = 21_600_000, 60_000


def past_points(source: str, hosts: Sequence[str], now_ms: int) -> list[MetricBatch]:
    """Six hours of each host, a minute apart, as an importer sends them."""
    chance = random.Random(source)
    batches = []
    for host in hosts:
        times = range(now_ms - _PAST_MS, now_ms - _MINUTE_MS, _MINUTE_MS)
        for metric in (CPU, MEMORY):
            values = [30 + chance.gauss(0, 1) for _ in times]
            size = len(times)
            batches.append(
                MetricBatch(source, [host] * size, [metric] * size, list(times), values, True)
            )
    return batches


def past_lines(source: str, now_ms: int) -> LogBatch:
    """Three hours with a known error now and then; too seldom to be missed when it is silent."""
    stamps = [
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_ms / 1000 - 10_800 + n * 170))
        for n in range(60)
    ]
    lines = [f"{at} ERROR cannot reach cache {n}".encode() for n, at in enumerate(stamps)]
    return LogBatch(source, lines, imported=True)
