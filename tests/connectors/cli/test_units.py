"""Values with units are short, and never off by a size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cli.units import measured
from schemas.metric_names import UNITS, unit_of


@pytest.mark.parametrize(
    ("value", "metric", "said"),
    [
        (12.5, "cpu_usage", "12.5 %"),
        (0.0, "cpu_usage", "0 %"),
        (1234.0, "cpu_usage", "1230 %"),
        (1.2e9, "memory_used", "1.2 GB"),
        (999.4, "memory_used", "999 B"),
        (999.9, "memory_used", "1 kB"),
        (999_999.0, "memory_used", "1 MB"),
        (3.4123e6, "net_recv_bps[eth0]", "3.41 MB/s"),
        (2_310.0, "net_recv_packet_rate", "2.31 k/s"),
        (0.25, "request_rate", "0.25 /s"),
        (0.25, "load1", "0.25"),
        (-1_234_000.0, "unknown", "-1.23 M"),
        (45.25, "temperature[cpu]", "45.2 °C"),
        (12.34, "response_time", "12.3 ms"),
        (1_500.0, "response_time", "1.5 s"),
        (172_800.0, "uptime", "2 d"),
        (90.0, "uptime", "1.5 min"),
        (0.05, "queue_seconds", "50 ms"),
        (1e-9, "load1", "1.00e-09"),
        (9.995e25, "load1", "1.00e+14 T"),
    ],
)
def test_a_value_with_its_unit(value: float, metric: str, said: str) -> None:
    assert measured(value, unit_of(metric)) == said


@given(st.floats(-1e100, 1e100), st.sampled_from(sorted({"", *UNITS.values()})))
def test_nothing_is_long(value: float, unit: str) -> None:
    assert len(measured(value, unit)) <= 16
