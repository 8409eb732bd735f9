"""What psutil says of this machine, in the names and units of the dictionary.

Rates come from counters, and so not with the first look. What a machine does not have (swap,
sensors, a mount that cannot be looked at) is left out.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from connectors.sources.rates import Rates

Reading = tuple[str, float]  # metric with its instance, value in its unit

_PERCENT: Final = 100.0
_NOT_DISKS: Final = ("loop", "ram", "zram", "fd", "sr")
_IMAGES: Final = frozenset({"squashfs", "iso9660", "erofs"})  # always full, by their nature
_BLOCK: Final = Path("/sys/block")


def readings(rates: Rates) -> list[Reading]:
    """One look at everything. May take as long as the slowest disk answers."""
    now = time.monotonic()
    return [
        *cpu(rates, now),
        *memory(),
        *disks(),
        *disk_rates(rates, now),
        *network(rates, now),
        *temperatures(),
        ("processes", float(len(psutil.pids()))),
        ("uptime", time.time() - psutil.boot_time()),
    ]


def cpu(rates: Rates, now: float) -> Iterator[Reading]:
    """Shares of all cores since the last look, and the load."""
    cores = psutil.cpu_count() or 1
    times = psutil.cpu_times()._asdict()
    for kind in ("user", "system", "iowait", "steal", "nice"):
        rate = rates.of(f"cpu {kind}", times.get(kind, 0.0), now) if kind in times else None
        if rate is not None:
            yield f"cpu_{kind}", min(rate / cores * _PERCENT, _PERCENT)
    idle = rates.of("cpu idle", times["idle"] + times.get("iowait", 0.0), now)
    if idle is not None:
        yield "cpu_usage", min(max(_PERCENT - idle / cores * _PERCENT, 0.0), _PERCENT)
    yield "cpu_count", float(cores)
    yield from zip(("load1", "load5", "load15"), psutil.getloadavg(), strict=True)


def memory() -> Iterator[Reading]:
    """Memory, and swap where there is any."""
    found = psutil.virtual_memory()
    yield "memory_used_percent", found.percent
    yield "memory_used", float(found.used)
    yield "memory_available", float(found.available)
    yield "memory_total", float(found.total)
    swap = psutil.swap_memory()
    if swap.total:
        yield "swap_used_percent", swap.percent
        yield "swap_used", float(swap.used)


def disks() -> Iterator[Reading]:
    """Every mount of a real disk, each device once."""
    seen: set[str] = set()
    for part in psutil.disk_partitions(all=False):
        if part.device in seen or part.fstype in _IMAGES:
            continue
        seen.add(part.device)
        try:
            usage, inodes = psutil.disk_usage(part.mountpoint), os.statvfs(part.mountpoint)
        except OSError:  # unmounted meanwhile, or not for us to look at
            continue
        yield f"disk_used_percent[{part.mountpoint}]", usage.percent
        yield f"disk_used[{part.mountpoint}]", float(usage.used)
        yield f"disk_free[{part.mountpoint}]", float(usage.free)
        if inodes.f_files:
            used = _PERCENT * (inodes.f_files - inodes.f_ffree) / inodes.f_files
            yield f"inodes_used_percent[{part.mountpoint}]", used


def disk_rates(rates: Rates, now: float) -> Iterator[Reading]:
    """Of whole disks, not of their partitions."""
    for name, found in (psutil.disk_io_counters(perdisk=True) or {}).items():
        if name.startswith(_NOT_DISKS) or (_BLOCK.exists() and not (_BLOCK / name).exists()):
            continue
        totals = {"disk_read_bps": found.read_bytes, "disk_write_bps": found.write_bytes}
        totals |= {"disk_read_rate": found.read_count, "disk_write_rate": found.write_count}
        yield from _of_totals(rates, name, totals, now)
        busy = rates.of(f"busy {name}", getattr(found, "busy_time", 0), now)  # ms
        if busy is not None:
            yield f"disk_busy_percent[{name}]", min(busy / 1000 * _PERCENT, _PERCENT)


def network(rates: Rates, now: float) -> Iterator[Reading]:
    """Of every interface that is up, but for the loopback."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    for name, found in psutil.net_io_counters(pernic=True).items():
        if name not in up or name.startswith("lo"):
            continue
        totals = {
            "net_recv_bps": found.bytes_recv,
            "net_sent_bps": found.bytes_sent,
            "net_recv_error_rate": found.errin,
            "net_sent_error_rate": found.errout,
            "net_recv_drop_rate": found.dropin,
            "net_sent_drop_rate": found.dropout,
        }
        yield from _of_totals(rates, name, totals, now)


def temperatures() -> Iterator[Reading]:
    """Sensors, where this system tells of any; several of a chip are numbered."""
    sensors = getattr(psutil, "sensors_temperatures", None)
    if sensors is None:
        return
    for chip, found in sensors().items():
        for number, sensor in enumerate(found):
            yield f"temperature[{chip}/{sensor.label or number}]", float(sensor.current)


def _of_totals(
    rates: Rates, instance: str, totals: dict[str, int], now: float
) -> Iterator[Reading]:
    for metric, total in totals.items():
        name = f"{metric}[{instance}]"
        rate = rates.of(name, total, now)
        if rate is not None:
            yield name, rate
