"""Metrics as series: slices know their records, and go on after a restart where they were."""

import random
from dataclasses import replace

import msgspec

from agents.detection.gauges import SILENT_SECONDS, Gauges, slice_of
from agents.measuring import Measured
from schemas.signals import Signal

_START = 1_700_000_000_000
_HOSTS = ("web-1", "web-2")
_Record = tuple[int, Measured]


def points(
    offset: int, minute: float, *values: float, imported: bool = False, delay: float = 0
) -> _Record:
    """One cpu_usage a host, which comes `delay` seconds later."""
    when = round(_START + minute * 60_000)
    count = len(values)
    measured = Measured(
        "test",
        _HOSTS[:count],
        ["cpu_usage"] * count,
        [when] * count,
        values,
        range(count),
        imported=imported,
        arrival=when + round(delay * 1000),
    )
    return offset, measured


def past(chance: random.Random) -> list[_Record]:
    """Six quiet hours."""
    return [
        points(n, n, chance.gauss(30, 1), chance.gauss(50, 1), imported=True) for n in range(360)
    ]


def present(delay: float = 0) -> list[_Record]:
    """web-1 goes to 99 % and comes back."""
    return [
        points(360 + n, 360 + n / 6, 99.0 if 5 < n < 60 else 30.0, 50.0, delay=delay)
        for n in range(240)
    ]


def judge(gauges: Gauges, records: list[_Record]) -> list[Signal]:
    """None of the records is known already."""
    return gauges.judge(0, records, lambda _key, _offset: False)[0]


def test_a_host_that_goes_wrong_is_told_from_onset_to_end() -> None:
    gauges = Gauges()
    assert judge(gauges, past(random.Random(1))) == []
    said = judge(gauges, present())
    assert {s.scope for s in said} == {"metric:web-1/cpu_usage"}
    assert len({s.id for s in said}) == 1
    assert [s.version for s in said] == list(range(1, len(said) + 1))
    assert [s.active for s in said] == [True] * (len(said) - 1) + [False]
    assert said[0].unit == "%"
    assert "paging" in {s.strength for s in said}


def test_the_past_raises_nothing() -> None:
    gauges = Gauges()
    wrong = [(n, replace(measured, imported=True)) for n, measured in present()]
    assert judge(gauges, past(random.Random(1)) + wrong) == []


def test_how_records_are_cut_changes_nothing() -> None:
    records = past(random.Random(2)) + present()
    whole, parts = Gauges(), Gauges()
    expected = judge(whole, records)
    found = []
    chance, at = random.Random(3), 0
    while at < len(records):
        size = chance.randrange(1, 40)
        found += judge(parts, records[at : at + size])
        at += size
    key = slice_of(0, "web-1", "cpu_usage")
    assert found == expected
    assert parts.state(key) == whole.state(key)


def test_restored_it_skips_what_its_slices_know_and_goes_on() -> None:
    records = past(random.Random(4)) + present()
    undisturbed, gauges = Gauges(), Gauges()
    expected = judge(undisturbed, records)
    keys = {slice_of(0, host, "cpu_usage") for host in _HOSTS}
    known = dict.fromkeys(keys, 380)
    found = judge(gauges, records[:381])
    states = {key: gauges.state(key) for key in keys}
    again = Gauges()
    again.restore(states)
    said, changed = again.judge(0, records, lambda key, offset: offset <= known[key])
    assert found + said == expected
    assert changed == {key: len(records) - 1 for key in keys}
    assert {k: again.state(k) for k in keys} == {k: undisturbed.state(k) for k in keys}


def test_what_goes_on_in_a_series_without_points_ends() -> None:
    gauges = Gauges()
    judge(gauges, past(random.Random(5)))
    said = judge(gauges, present()[:30])
    last = (_START + (360 + 29 / 6) * 60_000) / 1000
    assert gauges.quiet(0, last + SILENT_SECONDS - 1) == ([], set())
    # Another partition, read further, says nothing about this one.
    assert gauges.quiet(1, last + SILENT_SECONDS + 1) == ([], set())
    assert gauges.going_on() == {0: last}
    (over,), changed = gauges.quiet(0, last + SILENT_SECONDS + 1)
    assert gauges.going_on() == {}
    assert (over.id, over.active, over.version) == (said[0].id, False, said[-1].version + 1)
    assert changed == {slice_of(0, "web-1", "cpu_usage")}
    assert gauges.quiet(0, last + 2 * SILENT_SECONDS) == ([], set())


def test_what_goes_on_where_a_clock_is_slow_goes_on() -> None:
    gauges, delay = Gauges(), 2 * SILENT_SECONDS
    judge(gauges, past(random.Random(5)))
    said = judge(gauges, present(delay)[:30])
    last = (_START + (360 + 29 / 6) * 60_000) / 1000
    assert gauges.quiet(0, last + delay) == ([], set())
    again = Gauges()  # the arrivals survive a worker
    again.restore({key: gauges.state(key) for key in [slice_of(0, "web-1", "cpu_usage")]})
    assert again.quiet(0, last + delay + SILENT_SECONDS - 1) == ([], set())
    (over,), _ = again.quiet(0, last + delay + SILENT_SECONDS)
    assert (over.id, over.active) == (said[0].id, False)
    assert over.at.timestamp() == last + SILENT_SECONDS  # by the clock of all its signals


def test_a_state_that_knows_no_arrivals_is_read_and_waits_anew() -> None:
    gauges, key = Gauges(), slice_of(0, "web-1", "cpu_usage")
    judge(gauges, past(random.Random(5)))
    judge(gauges, present()[:30])
    kept = msgspec.msgpack.decode(gauges.state(key))
    episodes = [one and one[:-1] for one in msgspec.msgpack.decode(kept[4])]
    assert any(episodes)
    kept[4] = msgspec.msgpack.encode(episodes)
    older = Gauges()
    older.restore({key: msgspec.msgpack.encode(kept)})
    now = _START / 1000 + 86_400
    assert older.quiet(0, now) == ([], set())
    assert older.quiet(0, now + SILENT_SECONDS - 1) == ([], set())
    assert len(older.quiet(0, now + SILENT_SECONDS)[0]) == 1


def test_late_points_count_alike_however_records_are_judged_together() -> None:
    late = [Measured("t", ["h"], ["cpu_usage"], [_START + at], [at], [0]) for at in (0, 2000, 1000)]
    together, one_by_one = Gauges(), Gauges()
    together.judge(0, list(enumerate(late)), lambda _key, _offset: False)
    for offset, measured in enumerate(late):
        one_by_one.judge(0, [(offset, measured)], lambda _key, _offset: False)
    key = slice_of(0, "h", "cpu_usage")
    assert together.state(key) == one_by_one.state(key)


def test_points_of_one_record_are_taken_in_the_order_of_their_time() -> None:
    mixed, sorted_ = Gauges(), Gauges()
    for gauges, times in ((mixed, [2000, 0, 1000]), (sorted_, [0, 1000, 2000])):
        columns = ["h"] * 3, ["cpu_usage"] * 3, [_START + at for at in times], times, [0, 1, 2]
        gauges.judge(0, [(0, Measured("t", *columns))], lambda _key, _offset: False)
    key = slice_of(0, "h", "cpu_usage")
    assert mixed.state(key) == sorted_.state(key)


def totals(offset: int, second: int, value: float, metric: str = "net_recv_bytes[eth0]") -> _Record:
    """One total of web-1."""
    return offset, Measured("test", ["web-1"], [metric], [_START + second * 1000], [value], [0])


def flood(chance: random.Random) -> list[_Record]:
    """Six hours at about 1 MB/s, a restart of the counter, then five minutes at 80 MB/s."""
    records, total = [], 0.0
    for n in range(420):
        total = 0.0 if n == 200 else total + 60e6 * chance.uniform(0.9, 1.1)
        total += 60 * 80e6 if n >= 415 else 0.0
        records.append(totals(n, n * 60, total))
    return records


def test_a_total_is_judged_as_its_rate() -> None:
    gauges = Gauges()
    said = judge(gauges, flood(random.Random(6)))
    assert {(s.scope, s.unit) for s in said} == {("metric:web-1/net_recv_bps[eth0]", "bytes/s")}
    assert said[0].onset.timestamp() == _START / 1000 + 415 * 60
    assert len(gauges) == 1


def test_totals_go_on_after_a_restart_wherever_it_came() -> None:
    records = flood(random.Random(7))
    undisturbed = Gauges()
    expected = judge(undisturbed, records)
    key = slice_of(0, "web-1", "net_recv_bps[eth0]")
    for cut in (1, 200, 201, 415, 416):
        before, after = Gauges(), Gauges()
        found = judge(before, records[:cut])
        after.restore({key: before.state(key)})
        said = judge(after, records[cut:])
        assert found + said == expected
        assert after.state(key) == undisturbed.state(key)


def test_late_points_are_late_however_records_are_cut() -> None:
    chance = random.Random(8)
    records = past(chance)
    for place in range(100, 300, 7):
        records[place], records[place + 1] = (
            (place, records[place + 1][1]),
            (place + 1, records[place][1]),
        )
    whole, single = Gauges(), Gauges()
    judge(whole, records)
    for record in records:
        judge(single, [record])
    key = slice_of(0, "web-1", "cpu_usage")
    assert single.state(key) == whole.state(key)


def test_points_of_one_record_are_judged_by_time() -> None:
    times = [_START + n * 60_000 for n in range(200)]
    mixed = list(range(200))
    random.Random(9).shuffle(mixed)
    columns = ["web-1"] * 200, ["cpu_usage"] * 200
    ordered = Measured("test", *columns, times, [float(n % 7) for n in range(200)], range(200))
    shuffled = replace(
        ordered, time_ms=[times[n] for n in mixed], value=[float(n % 7) for n in mixed]
    )
    one, other = Gauges(), Gauges()
    judge(one, [(0, ordered)])
    judge(other, [(0, shuffled)])
    key = slice_of(0, "web-1", "cpu_usage")
    assert one.state(key) == other.state(key)
