"""The dictionary of metrics: one name and one unit for each, and what others call it.

A name may carry its instance in brackets, `disk_used_percent[/var]`; the dictionary speaks of what
stands before them. Aliases come with the conversion into our unit. What it does not know passes as
it is. Telegraf's names are in telegraf_names.py.
"""

from functools import lru_cache
from typing import Final, NamedTuple

NAME_CHARACTERS: Final = 255  # of a host or of a metric with its instance; longer ones are refused

PERCENT: Final = "percent"
BYTES: Final = "bytes"
BYTES_PER_SECOND: Final = "bytes/s"
SECONDS: Final = "s"
MILLISECONDS: Final = "ms"
COUNT: Final = "1"
PER_SECOND: Final = "1/s"
CELSIUS: Final = "°C"

# Canonical names by unit.
_BY_UNIT: Final = {
    PERCENT: "cpu_usage cpu_user cpu_system cpu_iowait cpu_steal cpu_nice cpu_active"
    " memory_used_percent memory_available_percent swap_used_percent disk_used_percent"
    " disk_busy_percent inodes_used_percent process_cpu_usage process_memory_used_percent"
    " error_rate",
    BYTES: "memory_used memory_available memory_free memory_cached memory_buffered memory_total"
    " swap_used swap_free swap_total disk_used disk_free disk_total process_memory_used",
    BYTES_PER_SECOND: "disk_read_bps disk_write_bps net_recv_bps net_sent_bps if_in_bps if_out_bps",
    PER_SECOND: "disk_read_rate disk_write_rate net_recv_packet_rate net_sent_packet_rate"
    " net_recv_error_rate net_sent_error_rate net_recv_drop_rate net_sent_drop_rate request_rate",
    COUNT: "load1 load5 load15 cpu_count processes processes_running processes_blocked"
    " processes_zombie process_count process_threads users",
    CELSIUS: "temperature",
    SECONDS: "uptime",
    MILLISECONDS: "response_time",
}
# Totals since some start: they only rise, but for a restart, and mean something as rates.
_COUNTERS_BY_UNIT: Final = {
    BYTES: "net_recv_bytes net_sent_bytes disk_read_bytes disk_write_bytes if_in_bytes"
    " if_out_bytes",
    COUNT: "net_recv_packets net_sent_packets net_recv_errors net_sent_errors net_recv_drops"
    " net_sent_drops disk_reads disk_writes",
}
COUNTERS: Final = frozenset(n for names in _COUNTERS_BY_UNIT.values() for n in names.split())
UNITS: Final = {
    name: unit
    for table in (_BY_UNIT, _COUNTERS_BY_UNIT)
    for unit, names in table.items()
    for name in names.split()
}
# Of names that are not ours; the first ending that fits.
_ENDINGS: Final = (
    ("_percent", PERCENT),
    ("_bytes", BYTES),
    ("_bps", BYTES_PER_SECOND),
    ("_ms", MILLISECONDS),
    ("_seconds", SECONDS),
    ("_celsius", CELSIUS),
)


class Rule(NamedTuple):
    """What a name becomes: value in our unit = value * `factor` + `shift`."""

    name: str
    factor: float = 1.0
    shift: float = 0.0

    @property
    def converts(self) -> bool:
        """Whether values change on their way into our unit."""
        return self.factor != 1.0 or self.shift != 0.0


# What others call ours, in the same unit.
_SAME: Final = {
    "cpu_usage": "cpu cpu_percent cpu_usage_percent cpu_used_percent cpu_utilization cpu_util"
    " cpu_load_percent",
    "cpu_user": "cpu_usage_user cpu_user_percent",
    "cpu_system": "cpu_usage_system cpu_system_percent",
    "cpu_iowait": "cpu_usage_iowait cpu_iowait_percent",
    "cpu_steal": "cpu_usage_steal cpu_steal_percent",
    "cpu_nice": "cpu_usage_nice",
    "cpu_active": "cpu_usage_active",
    "memory_used_percent": "memory_percent memory_usage memory_usage_percent memory_utilization"
    " mem_used_percent mem_usage mem_usage_percent mem_percent ram_usage ram_percent",
    "memory_available_percent": "mem_available_percent",
    "memory_used": "memory_used_bytes mem_used mem_used_bytes memory_usage_bytes memory_bytes",
    "memory_available": "memory_available_bytes mem_available mem_available_bytes",
    "memory_free": "memory_free_bytes mem_free mem_free_bytes",
    "memory_cached": "memory_cached_bytes mem_cached",
    "memory_buffered": "memory_buffered_bytes mem_buffered",
    "memory_total": "memory_total_bytes mem_total mem_total_bytes",
    "swap_used_percent": "swap_percent swap_usage swap_usage_percent",
    "swap_used": "swap_used_bytes",
    "swap_total": "swap_total_bytes",
    "swap_free": "swap_free_bytes",
    "disk_used_percent": "disk_percent disk_usage disk_usage_percent disk_utilization",
    "disk_used": "disk_used_bytes",
    "disk_free": "disk_free_bytes",
    "disk_total": "disk_total_bytes",
    "inodes_used_percent": "disk_inodes_used_percent",
    "disk_read_bps": "disk_read_bytes_per_second disk_read_bytes_per_sec",
    "disk_write_bps": "disk_write_bytes_per_second disk_write_bytes_per_sec",
    "disk_read_bytes": "diskio_read_bytes",
    "disk_write_bytes": "diskio_write_bytes",
    "disk_reads": "diskio_reads",
    "disk_writes": "diskio_writes",
    "net_recv_bytes": "net_bytes_recv network_recv_bytes network_bytes_recv network_in_bytes",
    "net_sent_bytes": "net_bytes_sent network_sent_bytes network_bytes_sent network_out_bytes",
    "net_recv_bps": "net_recv_bytes_per_second network_recv_bytes_per_second",
    "net_sent_bps": "net_sent_bytes_per_second network_sent_bytes_per_second",
    "net_recv_packets": "net_packets_recv",
    "net_sent_packets": "net_packets_sent",
    "net_recv_errors": "net_err_in",
    "net_sent_errors": "net_err_out",
    "net_recv_drops": "net_drop_in",
    "net_sent_drops": "net_drop_out",
    "load1": "load_1 load_1m load_average_1m system_load1 node_load1 load_avg_1",
    "load5": "load_5 load_5m load_average_5m system_load5 node_load5 load_avg_5",
    "load15": "load_15 load_15m load_average_15m system_load15 node_load15 load_avg_15",
    "processes": "process_total processes_total num_processes",
    "processes_zombie": "processes_zombies",
    "process_memory_used": "process_memory_rss process_rss procstat_memory_rss",
    "process_cpu_usage": "process_cpu_percent procstat_cpu_usage",
    "process_memory_used_percent": "process_memory_percent procstat_memory_usage",
    "temperature": "temperature_celsius temp temp_celsius temp_c sensors_temp_input",
    "uptime": "uptime_seconds system_uptime",
    "response_time": "response_time_ms latency latency_ms",
    "request_rate": "requests_per_second",
    "error_rate": "error_rate_percent error_percent",
}
# And in another one: name, factor, shift.
_CONVERTED: Final = {
    "cpu_idle": Rule("cpu_usage", -1, 100),
    "cpu_idle_percent": Rule("cpu_usage", -1, 100),
    "cpu_usage_idle": Rule("cpu_usage", -1, 100),
    "memory_free_percent": Rule("memory_used_percent", -1, 100),
    "mem_free_percent": Rule("memory_used_percent", -1, 100),
    "disk_free_percent": Rule("disk_used_percent", -1, 100),
    "swap_free_percent": Rule("swap_used_percent", -1, 100),
    "response_time_seconds": Rule("response_time", 1e3),
    "latency_seconds": Rule("response_time", 1e3),
    "response_time_us": Rule("response_time", 1e-3),
    "latency_us": Rule("response_time", 1e-3),
    "temperature_fahrenheit": Rule("temperature", 5 / 9, -160 / 9),
    "temp_f": Rule("temperature", 5 / 9, -160 / 9),
    "error_ratio": Rule("error_rate", 100),
    "cpu_ratio": Rule("cpu_usage", 100),
    "memory_used_ratio": Rule("memory_used_percent", 100),
    "disk_used_ratio": Rule("disk_used_percent", 100),
}
_SIZES: Final = {"kb": 2**10, "kib": 2**10, "mb": 2**20, "mib": 2**20, "gb": 2**30, "gib": 2**30}


def _with_sizes() -> dict[str, Rule]:
    """memory_used_mb, mem_total_gib ...: what is kept in bytes, in units of 1,024."""
    spoken = {name: name for name, unit in UNITS.items() if unit == BYTES and name not in COUNTERS}
    spoken |= {alias: name for name in spoken for alias in _SAME.get(name, "").split()}
    return {
        f"{alias}_{size}": Rule(name, factor)
        for alias, name in spoken.items()
        if not alias.endswith("_bytes")
        for size, factor in _SIZES.items()
    }


ALIASES: Final = (
    {alias: Rule(name) for name, aliases in _SAME.items() for alias in aliases.split()}
    | _CONVERTED
    | _with_sizes()
)

_SEPARATORS: Final = str.maketrans(".-/ :", "_____")


def canonical(metric: str) -> Rule:
    """Our name for a metric, instance and all, and the conversion of its values.

    Case and separators do not matter to find a name: `CPU.Usage-Percent` is `cpu_usage`.
    """
    # What is too long will be refused, and is not worth remembering.
    return _canonical(metric) if len(metric) <= NAME_CHARACTERS else Rule(metric)


@lru_cache(maxsize=65_536)
def _canonical(metric: str) -> Rule:
    base, bracket, instance = metric.partition("[")
    if base in UNITS:
        return Rule(metric)
    key = base.strip().lower().translate(_SEPARATORS)
    rule = Rule(key) if key in UNITS else ALIASES.get(key)
    if rule is None:
        return Rule(metric)
    return rule._replace(name=rule.name + bracket + instance)


def unit_of(metric: str) -> str:
    """The unit of a metric, by its canonical name or by its ending; "" when it is not known."""
    base = metric.partition("[")[0]
    if unit := UNITS.get(base):
        return unit
    return next((unit for ending, unit in _ENDINGS if base.endswith(ending)), "")


def is_counter(metric: str) -> bool:
    """Whether a metric is a total since some start, so that only its rate tells something."""
    return metric.partition("[")[0] in COUNTERS


def with_instance(base: str, instance: str) -> str:
    """`disk_used_percent` and `/var` give `disk_used_percent[/var]`."""
    return f"{base}[{instance}]" if instance else base
