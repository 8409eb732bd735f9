"""Rates of lines: minutes judged once, silence, errors never seen; restarts lose nothing."""

import random

import msgspec
import pytest

from agents.detection.rates import Rates, slice_of
from schemas.logs import Counts, Entry, Places
from schemas.severities import Severity
from schemas.signals import Signal

_MINUTE = 60_000
_START = 1_700_000_040_000 // _MINUTE * _MINUTE
_LEARNT = 200  # minutes: more than a bank needs to judge


def entry(
    offset: int,
    minute: int,
    lines: dict[str, int],
    severity: Severity = Severity.ERROR,
    imported: bool = False,
    source: str = "shop",
) -> Entry:
    """Lines by uid, all in one minute after the start, and arrived in its middle."""
    uids, counted = list(lines), list(lines.values())
    when = _START // _MINUTE + minute
    return Entry(
        1, "logs.raw", 0, offset, offset - 1, when * _MINUTE + 30_000, source,
        sum(counted), sum(counted), 0, sum(counted),
        Counts(uids, [severity] * len(uids), [when] * len(uids), counted, counted),
        Places(uids, ["web-1"] * len(uids), ["api"] * len(uids), [when // 60] * len(uids), counted),
        [], [], [], imported=imported,
    )  # fmt: skip


def apply(rates: Rates, *entries: Entry) -> list[Signal]:
    """Each as a record of its own."""
    records = [(one.offset, [one]) for one in entries]
    return rates.apply(0, records, lambda _key, _offset: False)[0]


def learnt(chance: random.Random) -> Rates:
    """Knows a source that writes about twenty errors a minute."""
    rates = Rates(str)
    past = [entry(n, n, {"known": chance.randrange(15, 25)}, imported=True) for n in range(_LEARNT)]
    assert apply(rates, *past) == []
    return rates


def test_a_burst_is_said_after_its_minute_and_a_usual_minute_is_not() -> None:
    rates = learnt(random.Random(1))
    assert apply(rates, entry(_LEARNT, _LEARNT, {"known": 20})) == []
    assert apply(rates, entry(_LEARNT + 1, _LEARNT + 1, {"known": 900})) == []
    found = apply(rates, entry(_LEARNT + 3, _LEARNT + 3, {"known": 20}))
    assert {(s.kind, s.scope, s.value) for s in found if s.version == 1} == {
        ("rate_change", "pattern:known@shop", 900.0),
        ("rate_change", "rate:shop", 900.0),
    }
    assert all(s.host == "web-1" and s.unit == "lines/min" for s in found)


def test_lines_of_one_minute_in_many_records_are_one_sum() -> None:
    rates = learnt(random.Random(2))
    parts = [entry(_LEARNT + n, _LEARNT, {"known": 90}) for n in range(10)]
    assert apply(rates, *parts) == []
    found = apply(rates, entry(_LEARNT + 20, _LEARNT + 2, {}))
    assert {s.value for s in found if s.version == 1} == {900.0}


def test_an_error_never_seen_is_said_once_where_its_source_is_known() -> None:
    rates = learnt(random.Random(3))
    found = apply(rates, entry(_LEARNT, _LEARNT, {"new": 1}))
    assert [(s.kind, s.pattern, s.severity) for s in found] == [
        ("new_pattern", "new", Severity.ERROR)
    ]
    assert apply(rates, entry(_LEARNT + 1, _LEARNT, {"new": 1})) == []
    assert apply(rates, entry(_LEARNT + 2, _LEARNT, {"fine": 1}, Severity.INFO)) == []
    stranger = entry(_LEARNT + 3, _LEARNT, {"other": 1}, source="just met")
    assert apply(rates, stranger) == []


def test_imported_lines_raise_nothing() -> None:
    rates = learnt(random.Random(4))
    past = [entry(_LEARNT + n, _LEARNT + n, {"new": 5000}, imported=True) for n in range(5)]
    assert apply(rates, *past) == []


def test_an_entry_that_comes_twice_counts_once() -> None:
    rates = learnt(random.Random(5))
    usual = entry(_LEARNT, _LEARNT, {"known": 20})
    again = [(1000 + n, [usual]) for n in range(50)]
    rates.apply(0, again, lambda _key, _offset: False)
    following = [entry(_LEARNT + n, _LEARNT + n, {"known": 20}) for n in range(1, 4)]
    assert apply(rates, *following) == []


def test_silence_is_said_once_and_ends_with_the_next_line() -> None:
    rates = learnt(random.Random(6))
    apply(rates, entry(_LEARNT, _LEARNT, {"known": 20}))
    last = _START + _LEARNT * _MINUTE
    assert rates.silent(last + 3 * _MINUTE, last) == ([], set())
    (said,), changed = rates.silent(last + 9 * _MINUTE, last)
    assert (said.kind, said.source, said.active, said.version) == ("source_silent", "shop", True, 1)
    assert changed == {slice_of(0, "shop", "")}
    assert rates.silent(last + 19 * _MINUTE, last) == ([], set())
    over = apply(rates, entry(_LEARNT + 1, _LEARNT + 30, {"known": 20}))
    assert [(s.id, s.active, s.version) for s in over] == [(said.id, False, 2)]


def test_a_burst_of_a_source_that_writes_nothing_any_more_ends() -> None:
    rates = learnt(random.Random(10))
    apply(rates, entry(_LEARNT + 1, _LEARNT + 1, {"known": 900}))
    said = {s.scope: s for s in apply(rates, entry(_LEARNT + 3, _LEARNT + 3, {}))}
    assert all(s.active for s in said.values())
    assert set(said) == {"pattern:known@shop", "rate:shop"}
    last = _START + (_LEARNT + 3) * _MINUTE
    found = [s for s in rates.silent(last + 11 * _MINUTE, _START)[0] if s.kind == "rate_change"]
    assert found == []
    found, _ = rates.silent(last + 60 * _MINUTE, last + 50 * _MINUTE)  # did not listen before
    assert [s for s in found if s.kind == "rate_change"] == []
    over, changed = rates.silent(last + 12 * _MINUTE, _START)
    ends = {s.scope: (s.id, s.version, s.active) for s in over if s.kind == "rate_change"}
    assert ends == {scope: (s.id, s.version + 1, False) for scope, s in said.items()}
    assert {slice_of(0, "shop", uid) for uid in ("", "known")} == changed
    assert "shop writes no lines any more" in next(s.reason for s in over if s.scope == "rate:shop")
    assert rates.falling_still(last + 99 * _MINUTE, last) == []


def test_who_was_not_listening_has_not_heard_silence() -> None:
    rates = learnt(random.Random(7))
    apply(rates, entry(_LEARNT, _LEARNT, {"known": 20}))
    now = _START + (_LEARNT + 500) * _MINUTE
    assert rates.silent(now, now - 2 * _MINUTE) == ([], set())
    assert rates.silent(now, now - 8 * _MINUTE)[0]


def test_an_import_alone_is_never_silent() -> None:
    rates = learnt(random.Random(8))
    assert rates.silent(_START + 10_000 * _MINUTE, _START) == ([], set())


def _by_id(signals: list[Signal]) -> dict[tuple[str, int], Signal]:
    """Of several series the order is none."""
    return {(signal.id, signal.version): signal for signal in signals}


def test_restored_from_its_states_it_goes_on_as_if_nothing_had_been() -> None:
    chance = random.Random(9)
    past = [
        entry(n, n, {"known": chance.randrange(15, 25), f"p{n % 7}": 3}, imported=True)
        for n in range(_LEARNT)
    ]
    present = [
        entry(_LEARNT + n, _LEARNT + n, {"known": 20 if n < 9 else 700, "p1": n}) for n in range(20)
    ]
    undisturbed, disturbed = Rates(str), Rates(str)
    expected = apply(undisturbed, *past, *present)
    found = apply(disturbed, *past)
    keys = {slice_of(0, "shop", uid) for uid in ("", "known", *(f"p{n}" for n in range(7)))}
    for one in present:
        states = {key: disturbed.state(key) for key in keys}
        disturbed = Rates(str)
        disturbed.restore(states)
        found += apply(disturbed, one)
    assert _by_id(found) == _by_id(expected)
    assert expected
    assert {k: disturbed.state(k) for k in keys} == {k: undisturbed.state(k) for k in keys}


def late(offset: int, minute: int, lines: dict[str, int], lag: int) -> Entry:
    """An entry whose lines say a time `lag` minutes before their arrival."""
    made = entry(offset, minute - lag, lines)
    return msgspec.structs.replace(made, arrival=made.arrival + lag * _MINUTE)


@pytest.mark.parametrize("lag", [300, -120, 3, 0])
def test_a_clock_without_zone_hides_neither_a_burst_nor_silence(lag: int) -> None:
    rates, chance = Rates(str), random.Random(4)
    for minute in range(_LEARNT):
        assert apply(rates, late(minute, minute, {"known": chance.randrange(15, 25)}, lag)) == []
    apply(rates, late(_LEARNT, _LEARNT, {"known": 900}, lag))
    found = apply(rates, late(_LEARNT + 2, _LEARNT + 2, {"known": 20}, lag))
    assert ("rate:shop", 900.0) in {(s.scope, s.value) for s in found}
    now = _START + (_LEARNT + 30) * _MINUTE
    signals, _ = rates.silent(now, _START)
    assert "source_silent" in {s.kind for s in signals}


def test_a_backlog_that_is_caught_up_with_is_no_lag() -> None:
    rates = learnt(random.Random(1))
    for turn in range(60):
        arrival = _LEARNT + 60 + turn // 6
        apply(rates, late(_LEARNT + turn, arrival, {"known": 20}, arrival - _LEARNT - turn))
    assert {s.lag for part in rates._slices.values() for s in part.sources.values()} == {0}
