"""A total becomes a rate from one point to the next, or says nothing."""

import pytest

from schemas.metric_names import COUNTERS, UNITS, is_counter
from schemas.totals import Total, counter_of, rate, rate_name, rates


@pytest.mark.parametrize(
    ("before", "now", "kept", "expected"),
    [
        (None, Total(1_000, 5.0), Total(1_000, 5.0), None),
        (Total(1_000, 5.0), Total(11_000, 25.0), Total(11_000, 25.0), 2.0),
        (Total(1_000, 5.0), Total(61_000, 5.0), Total(61_000, 5.0), 0.0),
        (Total(1_000, 5.0), Total(11_000, 4.0), Total(11_000, 4.0), None),  # began again
        (Total(1_000, 5.0), Total(1_000, 9.0), Total(1_000, 5.0), None),  # repeated
        (Total(9_000, 5.0), Total(1_000, 9.0), Total(9_000, 5.0), None),  # late
        (Total(1_000, 5.0), Total(1_999, 9.0), Total(1_000, 5.0), None),  # too soon
        (Total(1_000, 5.0), Total(2_000, 9.0), Total(2_000, 9.0), 4.0),
    ],
)
def test_two_totals_make_a_rate(
    before: Total | None, now: Total, kept: Total, expected: float | None
) -> None:
    assert rate(before, now) == (kept, expected)


def test_names_of_rates_are_those_of_the_dictionary() -> None:
    assert rate_name("net_recv_bytes[eth0]") == "net_recv_bps[eth0]"
    assert rate_name("disk_reads") == "disk_read_rate"
    assert {rate_name(name) for name in COUNTERS} <= set(UNITS)
    assert not any(is_counter(rate_name(name)) for name in COUNTERS)
    assert rate_name("pages") == "page_rate"
    assert rate_name("jiffy") == "jiffy_rate"


def test_a_rate_leads_back_to_its_total() -> None:
    assert counter_of("net_recv_bps[eth0]") == "net_recv_bytes[eth0]"
    assert counter_of("disk_read_rate") == "disk_reads"
    assert {counter_of(rate_name(name)) for name in COUNTERS} == COUNTERS
    assert counter_of("cpu_usage") is None


def test_totals_as_rates_leave_out_where_they_began_again() -> None:
    times = [0, 10_000, 20_000, 20_500, 30_000]
    assert rates(times, [0.0, 50.0, 10.0, 90.0, 30.0]) == ([10_000, 30_000], [5.0, 2.0])
    assert rates([], []) == ([], [])
