"""In a full slice what has been still for a week makes room, whatever is replayed."""

import random
from collections.abc import Iterator

import pytest

from agents.detection import gauges as gauges_module
from agents.detection import rates as rates_module
from agents.detection.gauges import Gauges
from agents.detection.rates import ROOM, Rates
from agents.detection.rates import slice_of as rate_slice
from agents.detection.room import weight
from agents.measuring import Measured
from schemas.severities import Severity
from schemas.signals import Signal
from tests.agents.detection.test_rates import apply, entry

_START_MS = 1_700_000_000_000
_DAY_MS = 86_400_000
_DAY_MINUTES = 1_440
_Record = tuple[int, Measured]


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """One slice of five series."""
    for module in (gauges_module, rates_module):
        monkeypatch.setattr(module, "SLICES", 1)
    monkeypatch.setattr(gauges_module, "SLICE_BYTES", 5 * weight("pod-00", "cpu_usage"))


def point(
    offset: int, host: str, day: float, value: float = 1.0, imported: bool = False
) -> _Record:
    """One cpu_usage that comes when it was measured, or of a total."""
    when = round(_START_MS + day * _DAY_MS)
    metric = "net_recv_bytes" if host.startswith("sum") else "cpu_usage"
    columns = [host], [metric], [when], [value], [0]
    return offset, Measured("test", *columns, imported=imported, arrival=when)


def judge(gauges: Gauges, records: list[_Record]) -> list[Signal]:
    """None of the records is known already."""
    return gauges.judge(0, records, lambda _key, _offset: False)[0]


def full() -> Gauges:
    """Five hosts, a point each, one a day."""
    gauges = Gauges()
    judge(gauges, [point(n, f"pod-0{n}", float(n)) for n in range(5)])
    return gauges


def hosts(gauges: Gauges) -> set[str]:
    """Those that are watched."""
    return {name[0] for series in gauges._slices.values() for name in series}


def test_a_new_host_takes_the_place_of_one_that_is_gone_for_a_week() -> None:
    gauges = full()
    judge(gauges, [point(5, "pod-05", 6.9)])
    assert (gauges.crowded, "pod-05" in hosts(gauges)) == (1, False)
    judge(gauges, [point(6, "pod-05", 7.1), point(7, "pod-06", 7.2)])
    assert hosts(gauges) == {f"pod-0{n}" for n in (1, 2, 3, 4, 5)}
    assert gauges.crowded == 2
    judge(gauges, [point(8, "pod-01", 8.05), point(9, "pod-06", 8.1)])  # pod-01 lives
    assert gauges.crowded == 3
    judge(gauges, [point(10, "pod-06", 9.1)])
    assert hosts(gauges) == {f"pod-0{n}" for n in (1, 3, 4, 5, 6)}


def test_a_past_that_is_read_at_once_takes_no_place() -> None:
    gauges = full()
    judge(gauges, [point(5, "pod-05", 30.0, imported=True)])
    assert hosts(gauges) == {f"pod-0{n}" for n in range(5)}


def test_where_something_goes_on_nothing_is_forgotten() -> None:
    gauges = Gauges()
    quiet = [point(n, "pod-00", n / 1440, 30 + n % 3, imported=True) for n in range(360)]
    assert judge(gauges, [*quiet, point(360, "pod-00", 360 / 1440, 99.0)])
    judge(gauges, [point(400 + n, f"pod-0{n}", 1.0) for n in range(1, 5)])
    judge(gauges, [point(500, "pod-05", 9.0)])
    assert hosts(gauges) == {f"pod-0{n}" for n in (0, 2, 3, 4, 5)}


def churn(chance: random.Random) -> Iterator[_Record]:
    """Sixty days of hosts that come and go, some of them totals."""
    for n in range(600):
        day = n / 10
        host = f"{chance.choice(['pod', 'sum'])}-{round(day / 4) + chance.randrange(4):02}"
        yield point(n, host, day + chance.uniform(-0.2, 0.2), chance.gauss(50, 5) + n)


def test_what_is_forgotten_does_not_depend_on_how_records_are_cut() -> None:
    records = list(churn(random.Random(1)))
    whole, parts = Gauges(), Gauges()
    expected = judge(whole, records)
    found, at, chance = [], 0, random.Random(2)
    while at < len(records):
        size = chance.randrange(1, 40)
        found += judge(parts, records[at : at + size])
        at += size
        again = Gauges()
        again.restore({b"0/0": parts.state(b"0/0")})
        parts = again
    assert found == expected
    assert parts.state(b"0/0") == whole.state(b"0/0")
    assert len({h for _, m in records for h in m.host}) > 15 > 5 >= len(whole)


@pytest.fixture
def _few_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates_module, "ROOM", 6_000)


@pytest.mark.usefixtures("_few_rates")
def test_sources_that_are_gone_make_room_and_their_silence_ends() -> None:
    rates = Rates(str)
    for minute in range(40):
        apply(rates, entry(minute, minute, {"x": 1}, Severity.INFO, source="old"))
    apply(rates, *(entry(99 + n, 41, {"x": 1}, Severity.INFO, source=f"s{n}") for n in range(20)))
    assert rates.crowded
    now = (_START_MS // 60_000 + 60) * 60_000
    (said,), _ = rates.silent(now, now - 10 * 60_000)
    late = [entry(200, 6 * _DAY_MINUTES, {"x": 1}, Severity.INFO, source="new")]
    crowded = rates.crowded
    assert (apply(rates, *late), rates.crowded - crowded) == ([], 1)
    (over,) = apply(rates, entry(201, 8 * _DAY_MINUTES, {"x": 1}, Severity.INFO, source="new"))
    assert (over.id, over.version, over.active) == (said.id, 2, False)
    known = rates._slices[rate_slice(0, "new", "")].sources
    assert "new" in known
    assert "old" not in known


@pytest.mark.usefixtures("_few_rates")
def test_patterns_that_do_not_come_any_more_make_room_in_a_source_that_lives() -> None:
    rates = Rates(str)
    apply(rates, entry(0, 0, {f"p{n}": 1 for n in range(20)}))
    crowded = rates.crowded
    assert crowded > 0
    assert len(rates) > 1
    for day in range(1, 8):
        apply(rates, entry(day, day * _DAY_MINUTES, {"p0": 1}))
    assert rates.crowded == crowded
    apply(rates, entry(8, 8 * _DAY_MINUTES, {"p0": 1, "new": 1}))
    assert rates.crowded == crowded
    numbers = rates._slices[b"0/0"].numbers["shop"]
    assert {"", "p0", "new"} <= set(numbers)


def test_what_rates_forget_does_not_depend_on_how_records_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates_module, "ROOM", 12_000)
    chance = random.Random(3)
    records = [
        (n, [entry(n, n * 60, {f"p{n // 100 + chance.randrange(5)}": n % 50 + 1},
                   source=f"s{n // 150 + chance.randrange(3)}")])
        for n in range(900)
    ]  # fmt: skip
    whole, parts = Rates(str), Rates(str)
    expected = whole.apply(0, records, lambda _key, _offset: False)[0]
    found, at = [], 0
    while at < len(records):
        size = chance.randrange(1, 40)
        found += parts.apply(0, records[at : at + size], lambda _key, _offset: False)[0]
        at += size
        again = Rates(str)
        again.restore({b"0/0": parts.state(b"0/0")})
        parts = again
    assert {(s.id, s.version): s for s in found} == {(s.id, s.version): s for s in expected}
    assert parts.state(b"0/0") == whole.state(b"0/0")
    assert "s0" not in whole._slices[b"0/0"].sources
    assert ROOM > 12_000 > len(whole) * weight()
