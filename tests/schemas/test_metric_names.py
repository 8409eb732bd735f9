"""One dictionary: every alias leads to a name with a unit, and conversions are right."""

import pytest

from schemas import telegraf_names
from schemas.metric_names import ALIASES, COUNTERS, UNITS, canonical, is_counter, unit_of
from schemas.moments import read_moment


def converted(name: str, value: float) -> tuple[str, float]:
    rule = canonical(name)
    return rule.name, value * rule.factor + rule.shift


def test_every_alias_leads_to_a_name_of_ours_and_hides_none() -> None:
    assert {rule.name for rule in ALIASES.values()} <= set(UNITS)
    assert not set(ALIASES) & set(UNITS)
    assert set(UNITS) >= COUNTERS


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("cpu_usage", 5, ("cpu_usage", 5)),
        ("cpu_usage_percent", 5, ("cpu_usage", 5)),
        ("CPU Usage.Percent", 5, ("cpu_usage", 5)),
        ("cpu_idle", 80, ("cpu_usage", 20)),
        ("mem_used_mib", 2, ("memory_used", 2 * 2**20)),
        ("memory_total_gb", 1, ("memory_total", 2**30)),
        ("latency_seconds", 0.25, ("response_time", 250)),
        ("temp_f", 212, ("temperature", pytest.approx(100))),
        ("error_ratio", 0.5, ("error_rate", 50)),
        ("disk_usage[/var]", 5, ("disk_used_percent[/var]", 5)),
        ("net_bytes_recv[eth0]", 5, ("net_recv_bytes[eth0]", 5)),
        ("Orders-Per.Minute", 5, ("Orders-Per.Minute", 5)),
        ("", 5, ("", 5)),
    ],
)
def test_names_and_units_become_ours(name: str, value: float, expected: tuple[str, float]) -> None:
    assert converted(name, value) == expected


def test_units() -> None:
    assert unit_of("disk_used_percent[/var]") == "percent"
    assert unit_of("net_recv_bps[eth0]") == "bytes/s"
    assert unit_of("queue_wait_seconds") == "s"
    assert unit_of("orders") == ""
    assert is_counter("net_recv_bytes[eth0]")
    assert not is_counter("net_recv_bps[eth0]")


@pytest.mark.parametrize(
    ("measurement", "field", "tags", "expected"),
    [
        ("cpu", "usage_idle", {"cpu": "cpu-total", "host": "h"}, "cpu_usage"),
        ("cpu", "usage_idle", {"cpu": "cpu0"}, "cpu_usage[cpu0]"),
        ("mem", "used_percent", {}, "memory_used_percent"),
        ("swap", "used_percent", {}, "swap_used_percent"),
        ("system", "load5", {}, "load5"),
        ("disk", "used_percent", {"path": "/", "mode": "rw"}, "disk_used_percent[/]"),
        ("disk", "inodes_used_percent", {"path": "/"}, "inodes_used_percent[/]"),
        ("diskio", "read_bytes", {"name": "sda"}, "disk_read_bytes[sda]"),
        ("net", "bytes_recv", {"interface": "eth0"}, "net_recv_bytes[eth0]"),
        ("net", "drop_out", {"interface": "eth0"}, "net_sent_drops[eth0]"),
        ("procstat", "memory_rss", {"process_name": "java"}, "process_memory_used[java]"),
        ("interface", "ifHCInOctets", {"ifDescr": "ge-0/0/1", "agent_host": "sw"},
         "if_in_bytes[ge-0/0/1]"),
        ("temp", "temp", {"sensor": "core0"}, "temperature[core0]"),
        ("docker", "value", {}, "docker"),
        ("docker", "x", {"b": "2", "a": "1"}, "docker_x[a=1,b=2]"),
    ],
)  # fmt: skip
def test_telegraf(measurement: str, field: str, tags: dict[str, str], expected: str) -> None:
    place = telegraf_names.instance(measurement, tags)
    assert telegraf_names.rule(measurement, field, place).name == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (1_700_000_000, 1_700_000_000_000),
        (1_700_000_000.25, 1_700_000_000_250),
        (1_700_000_000_123, 1_700_000_000_123),
        (1_700_000_000_123_456, 1_700_000_000_123),
        (1_700_000_000_123_456_789, 1_700_000_000_123),
        ("1700000000", 1_700_000_000_000),
        ("1764102012340", 1_764_102_012_340),  # would be October of 1764
        ("1700000000123456", 1_700_000_000_123),
        ("1700000000123456789", 1_700_000_000_123),
        ("999999999", 999_999_999_000),
        ("9" * 400, None),
        ("20231114", 1_699_920_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000),
        ("2023-11-14T22:13:20.5", 1_700_000_000_500),
        ("2023-11-14 23:13:20+01:00", 1_700_000_000_000),
        (0, None),
        (-5, None),
        (1e300, None),
        (float("nan"), None),
        (True, None),
        (None, None),
        ([1], None),
        ("soon", None),
        ("", None),
    ],
)
def test_moments(said: object, expected: int | None) -> None:
    assert read_moment(said) == expected
