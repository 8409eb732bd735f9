"""Without a fault nothing looks like one; with each fault something new is said and measured.

The measure here is simple on purpose: what an honest detector could see, not what ours sees.
"""

import statistics
from collections import defaultdict

import pytest

from connectors.sources.shop.faults.catalogue import FAULTS
from connectors.sources.shop.faults.fault import Injected
from connectors.sources.shop.metrics import Point
from connectors.sources.shop.shop import Shop
from connectors.sources.shop.slices import PAST_SECONDS
from schemas.severities import Severity
from tests.connectors.sources.shop.reading import HOUR, START, Event, Reader, events

SOON = 20  # seconds from the onset to the first error that was never read before
MEASURED = 30  # and to a value that was never measured


def new_errors(shop: Shop, known_until: int, until: int) -> list[Event]:
    """Events of severity error or worse, after `known_until`, that are new to their host."""
    known: set[tuple[str, str]] = set()
    found = []
    for event in events(shop, until, Reader(), width=30):
        new = (event.stream.host, event.uid) not in known
        known.add((event.stream.host, event.uid))
        if new and event.read_at > known_until and event.fields.severity >= Severity.ERROR:
            found.append(event)
    return found


@pytest.mark.parametrize("seed", range(1, 4))
def test_six_hours_teach_every_error_of_an_ordinary_day(seed: int) -> None:
    start = START + seed * 5 * HOUR
    known = start + PAST_SECONDS
    assert [e.text for e in new_errors(Shop(seed, start), known, known + HOUR)] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_soon_told_by_errors_that_are_new(fault: str) -> None:
    known = START + HOUR
    shop = Shop(2, START, [Injected(FAULTS[fault], known)])
    new = new_errors(shop, known, known + 60)
    assert min(event.fields.time_ms / 1000 for event in new) < known + SOON
    affected = FAULTS[fault].truth.affected
    assert {event.fields.host for event in new} <= set(affected)


def by_series(points: list[Point]) -> dict[tuple[str, str], list[float]]:
    """Values of each (host, metric)."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for point in points:
        found[point.host, point.metric].append(point.value)
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_the_metrics_of_the_truth_soon_leave_what_is_usual(fault: str) -> None:
    onset = START + HOUR
    shop = Shop(3, START, [Injected(FAULTS[fault], onset)])
    usual = by_series(shop.step(onset, 60).points)
    shop.step(onset + MEASURED - 10)
    strange = by_series(shop.step(onset + MEASURED + 30).points)
    truth = FAULTS[fault].truth
    for metric in truth.metrics:
        measured = [key for key in usual if key[1] == metric and key[0] in truth.affected]
        assert measured
        assert max(deviation(usual[key], strange[key]) for key in measured) > 8, metric


def deviation(usual: list[float], values: list[float]) -> float:
    """How far the median of the values lies from what is usual, in its standard deviations."""
    spread = max(statistics.stdev(usual), 1e-6)
    return abs(statistics.median(values) - statistics.fmean(usual)) / spread


@pytest.mark.parametrize("seed", range(1, 4))
def test_without_a_fault_no_value_is_far_from_those_of_the_hours_before(seed: int) -> None:
    shop = Shop(seed, START + seed * 7 * HOUR)
    usual = by_series(shop.step(shop.now + PAST_SECONDS, 60).points[-12_000:])
    now = by_series(shop.step(shop.now + 900).points)
    for key, values in now.items():
        spread = max(statistics.stdev(usual[key]), 0.01 * statistics.fmean(usual[key]), 1e-6)
        assert all(abs(v - statistics.fmean(usual[key])) < 7 * spread for v in values), key


def test_there_are_more_visitors_in_the_evening_than_at_night_and_metrics_say_so_too() -> None:
    counted, measured = {}, {}
    for hour in (3, 20):
        start = START - 8 * HOUR + hour * HOUR
        seen = Shop(1, start).step(start + HOUR, 60)
        counted[hour] = sum(
            len(lines) for stream, lines in seen.lines.items() if stream.service == "haproxy"
        )
        rates = [p.value for p in seen.points if (p.host, p.metric) == ("edge-1", "request_rate")]
        measured[hour] = statistics.fmean(rates)
        assert counted[hour] / HOUR == pytest.approx(measured[hour], rel=0.1)
    assert counted[20] > 1.4 * counted[3]
