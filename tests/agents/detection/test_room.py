"""Slices never outgrow a shard, whatever names, episodes and minutes come."""

import itertools
from collections.abc import Iterator

import msgspec
import pytest

from agents.detection.gauges import Gauges
from agents.detection.gauges import slice_of as gauge_slice
from agents.detection.rates import PENDING_A_SLICE, Rates
from agents.detection.rates import slice_of as rate_slice
from agents.detection.room import SERIES_BYTES, SLICE_BYTES, weight
from agents.detection.verdicts import Episode
from agents.engine.shards import MAX_SHARD_BYTES
from agents.measuring import Measured
from schemas.logs import Counts, Entry, Places
from schemas.severities import Severity

_START_MS = 1_700_000_040_000 // 60_000 * 60_000
_LONG = "\N{LATIN SMALL LETTER E WITH ACUTE}\N{GRINNING FACE}" * 127  # 255 characters at most
_WORST = msgspec.convert(
    [*[1 / 3] * 8, 2**31, True, *[1 / 3] * 3, 2**7, 31, *[1 / 3] * 3], type=Episode
)


def _in_one_slice(key: bytes, names: Iterator[str], many: int) -> list[str]:
    """Hosts whose counter lies in the slice."""
    found = (n for n in names if gauge_slice(0, n, "net_recv_bps[eth0]") == key)
    return list(itertools.islice(found, many))


def _worst(state: bytes) -> bytes:
    """The state with something going on in all of its series."""
    kept = msgspec.msgpack.decode(state)
    kept[4] = msgspec.msgpack.encode([_WORST] * (len(kept[3]) // 480))
    return msgspec.msgpack.encode(kept)


@pytest.mark.parametrize("stem", ["web", _LONG[:40], _LONG[:248]], ids=["short", "long", "longest"])
def test_a_slice_of_gauges_never_outgrows_a_shard(stem: str) -> None:
    gauges, key = Gauges(), b"0/3"
    hosts = _in_one_slice(key, (f"{stem}{n}" for n in itertools.count()), 800)
    columns = hosts, ["net_recv_bytes[eth0]"] * 800, [_START_MS] * 800, [2e99] * 800, range(800)
    gauges.judge(0, [(0, Measured("t", *columns))], lambda _key, _offset: False)
    assert len(gauges) + gauges.crowded == 800
    assert len(gauges) == SLICE_BYTES // weight(hosts[-1], "net_recv_bps[eth0]") or stem == "web"
    assert len(gauges.state(key)) < len(_worst(gauges.state(key))) < MAX_SHARD_BYTES


def test_a_slice_of_gauges_from_before_names_were_weighed_shrinks() -> None:
    hosts = [f"{_LONG[:250]}{n}" for n in range(500)]
    some = Gauges()
    some.judge(
        0,
        [(0, Measured("t", hosts[:1], ["cpu_usage"], [_START_MS], [1.0], [0]))],
        lambda _key, _offset: False,
    )
    (key,) = {gauge_slice(0, hosts[0], "cpu_usage")}
    kept = msgspec.msgpack.decode(some.state(key))
    one = kept[3][8:]
    kept[0], kept[1], kept[2] = hosts, ["cpu_usage"] * 500, [False] * 500
    kept[3] = kept[3][:4] + (500).to_bytes(4, "little") + one * 500
    kept[4] = msgspec.msgpack.encode([None] * 499 + [_WORST])
    gauges = Gauges()
    gauges.restore({key: msgspec.msgpack.encode(kept)})
    assert len(gauges) == SLICE_BYTES // weight(hosts[-1], "cpu_usage")
    names = msgspec.msgpack.decode(gauges.state(key))[0]
    assert hosts[-1] in names  # where something goes on
    assert len(_worst(gauges.state(key))) < MAX_SHARD_BYTES


def _entry(offset: int, source: str, uids: list[str], minutes: list[int], name: str) -> Entry:
    """One line of each uid in each of the minutes, counted from the start."""
    pairs = list(itertools.product(uids, minutes))
    uid, minute = [u for u, _ in pairs], [_START_MS // 60_000 + m for _, m in pairs]
    ones = [2**40] * len(pairs)
    return Entry(
        1, "logs.raw", 0, offset, offset - 1, _START_MS + 30_000, source, 1, 1, 0, 1,
        Counts(uid, [Severity.ERROR] * len(pairs), minute, ones, ones),
        Places(uids, [name] * len(uids), [name] * len(uids), [1] * len(uids), [1] * len(uids)),
        [], [], [],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["web", _LONG[:128]], ids=["short", "long"])
def test_a_slice_of_rates_never_outgrows_a_shard(name: str) -> None:
    rates = Rates(str)
    sources = [f"{name}{n}" for n in range(40)]
    records = [
        (n, [_entry(n, source, [f"{n:032x}-{m}" for m in range(400)], list(range(60)), name)])
        for n, source in enumerate(sources)
    ]
    _, changed = rates.apply(0, records, lambda _key, _offset: False)
    assert rates.crowded
    assert len(changed) == 8
    for key in changed:
        assert len(_worst(rates.state(key))) < MAX_SHARD_BYTES
    again = Rates(str)
    again.restore({key: rates.state(key) for key in changed})
    assert {key: again.state(key) for key in changed} == {k: rates.state(k) for k in changed}


def test_sources_alone_do_not_outgrow_a_shard_either() -> None:
    rates = Rates(str)
    names = [f"{_LONG[:190]}{n}" for n in range(9_000)]
    records = [(n, [_entry(n, name, ["fine"], [0], "h")]) for n, name in enumerate(names)]
    rates.apply(0, records, lambda _key, _offset: False)
    key = rate_slice(0, names[0], "")
    assert rates.crowded
    assert len(_worst(rates.state(key))) < MAX_SHARD_BYTES


def test_an_import_of_a_day_keeps_its_minutes() -> None:
    rates = Rates(str)
    uids = [f"{m:032x}" for m in range(100)]
    past = msgspec.structs.replace(
        _entry(0, "shop", uids, list(range(-1440, 0)), "h"), imported=True
    )
    rates.apply(0, [(0, [past])], lambda _key, _offset: False)
    assert PENDING_A_SLICE < 1440 * 100
    assert rates.crowded == 0


def test_what_a_series_may_take_is_enough() -> None:
    assert 488 + len(msgspec.msgpack.encode(_WORST)) + 35 < SERIES_BYTES
