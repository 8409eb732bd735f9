"""What every measurement shares: how a result is printed, how processes are watched."""

import json
import os
import platform
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import psutil


def report(name: str, **figures: Any) -> None:
    """One JSON line; figures of one line were taken in the same run."""
    sys.stdout.write(json.dumps({"bench": name, **figures}) + "\n")
    sys.stdout.flush()


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "cpu": _cpu_model(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def _cpu_model() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


@dataclass
class Watch:
    """CPU and memory of named processes over time; `sample` is called about once a second."""

    processes: dict[str, psutil.Process]
    rss: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    _cpu_before: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What a process used before it was watched (its start) does not count."""
        self._cpu_before = {name: sum(_tree_cpu(p)) for name, p in self.processes.items()}

    def sample(self) -> None:
        """Note each process's memory now."""
        for name, process in self.processes.items():
            self.rss.setdefault(name, []).append((time.monotonic(), process.memory_info().rss))

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time of each process, its children included, since it was watched."""
        return {
            name: sum(_tree_cpu(process)) - self._cpu_before[name]
            for name, process in self.processes.items()
        }

    def rss_slope_mib_per_minute(self) -> dict[str, float]:
        """Least-squares slope over the last third of the samples."""
        return {name: round(_slope(points), 2) for name, points in self.rss.items()}


def _tree_cpu(process: psutil.Process) -> list[float]:
    found = []
    for one in [process, *process.children(recursive=True)]:
        times = one.cpu_times()
        found.append(times.user + times.system)
    return found


def _slope(points: list[tuple[float, int]]) -> float:
    last = points[len(points) * 2 // 3 :]
    if len(last) < 2:
        return 0.0
    mean_t = sum(t for t, _ in last) / len(last)
    mean_r = sum(r for _, r in last) / len(last)
    spread = sum((t - mean_t) ** 2 for t, _ in last)
    slope = sum((t - mean_t) * (r - mean_r) for t, r in last) / spread if spread else 0.0
    return slope * 60 / 2**20


def metric(port: int, name: str) -> float:
    """One counter of a worker's metrics page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        for line in page.read().decode().splitlines():
            if line.startswith((f"{name} ", f"{name}_total ")):
                return float(line.split()[-1])
    return 0.0
