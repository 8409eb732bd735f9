"""Lines for people: the fields and the pattern they were counted by, and the wanted ones alone."""

from collections import Counter
from typing import Any

import pytest

from agents.parsing.miner import new_miner
from agents.parsing.outcome import decide
from agents.parsing.reading import Names, find
from agents.parsing.record import Record
from agents.parsing.state import PartitionState
from schemas.log_reads import FoundLine, Wanted
from schemas.logs import LOG_BATCH, LogBatch, encode_batch
from schemas.severities import Severity

_ARRIVAL = 1_700_000_000_000
_LINES = [
    "2023-11-14T22:00:00Z web-1 shop[7]: order 17 was paid",
    "2023-11-14T22:00:01Z ERROR [main] com.acme.Shop - it broke",
    "java.lang.IllegalStateException: no stock",
    "\tat com.acme.Shop.sell(Shop.java:12)",
    "\tat com.acme.Shop.main(Shop.java:3)",
    "",
    "2023-11-14T22:00:02Z web-2 shop[7]: order 18 was paid",
    '{"time":"2023-11-14T22:00:03Z","level":"warn","host":"web-3","message":"disk 91 % full"}',
    "plain words",
]


def _record(*lines: str, offset: int = 7) -> Record:
    batch = LogBatch("a", [line.encode() for line in lines], host="edge", demo=True)
    value = encode_batch(batch)
    return Record("logs.raw", 2, offset, _ARRIVAL, b"a", value, [("schema", LOG_BATCH)])


def _published(record: Record) -> tuple[Names, Any]:
    names = Names(new_miner())
    outcome = decide(record, PartitionState(0, -1))
    for change in outcome.changes:
        names.learn(change)
    return names, outcome.entry


def _found(wanted: Wanted) -> list[FoundLine]:
    record = _record(*_LINES)
    names, _ = _published(record)
    lines, looked_at = find(record, PartitionState(0, -1), names, wanted)
    assert looked_at == len(_LINES)
    return lines


def test_every_line_has_what_it_was_counted_by() -> None:
    record = _record(*_LINES)
    names, entry = _published(record)
    lines, _ = find(record, PartitionState(0, -1), names, Wanted())
    assert [line.text for line in lines] == _LINES
    counted = Counter((line.pattern, line.severity, line.time_ms // 60_000) for line in lines)
    c = entry.counts
    keys = zip(c.uid, c.severity, c.minute, strict=True)
    assert counted == dict(zip(keys, c.lines, strict=True))
    p = entry.places
    places = Counter((line.pattern, line.host, line.service) for line in lines)
    assert places == dict(zip(zip(p.uid, p.host, p.service, strict=True), p.lines, strict=True))
    assert {(line.source, line.partition, line.offset, line.demo) for line in lines} == {
        ("a", 2, 7, True)
    }


def test_the_lines_of_a_trace_belong_to_its_first() -> None:
    first, *others = _found(Wanted(levels=[Severity.ERROR]))
    assert [line.text for line in others] == _LINES[2:5]
    for line in others:
        assert line.pattern == first.pattern
        assert line.time_ms == first.time_ms
        assert line.message == line.text


def test_text_within_a_trace_finds_that_line() -> None:
    assert [line.text for line in _found(Wanted(text="SHOP.SELL"))] == [_LINES[3]]
    assert _found(Wanted(text="SHOP.SELL", exact=True)) == []
    assert [line.severity for line in _found(Wanted(text="Shop.sell", exact=True))] == [
        Severity.ERROR
    ]


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (Wanted(only={"host": ["web-1", "web-3"]}), [0, 7]),
        (Wanted(never={"host": ["edge", "web-1"]}), [6, 7]),
        (Wanted(only={"source": ["b"]}), []),
        (Wanted(never={"source": ["a"]}), []),
        (Wanted(levels=[Severity.WARNING]), [7]),
        (Wanted(levels=[-1]), []),
        (Wanted(since_ms=1_699_999_202_000, until_ms=1_699_999_203_000), [6]),
        (Wanted(only={"pattern": ["0000000000000000"]}), []),
    ],
)
def test_wanted(wanted: Wanted, places: list[int]) -> None:
    assert [line.line for line in _found(wanted)] == places


def test_one_pattern_and_all_others() -> None:
    [first, *_] = _found(Wanted(text="order 17"))
    mine = _found(Wanted(only={"pattern": [first.pattern]}))
    assert [line.line for line in mine] == [0, 6]
    others = _found(Wanted(never={"pattern": [first.pattern]}))
    assert len(mine) + len(others) == len(_LINES)


def test_what_nobody_has_published_is_not_known() -> None:
    lines, _ = find(_record(*_LINES), PartitionState(0, -1), Names(new_miner()), Wanted())
    assert {line.pattern for line in lines} == {""}


def test_dead_lines_and_broken_records_are_not_here() -> None:
    batch = LogBatch("a", [b"good", b"\xff\xfe", b"y" * (2**20 + 1), b"too"])
    record = _record()._replace(value=encode_batch(batch))
    lines, _ = find(record, PartitionState(0, -1), Names(new_miner()), Wanted())
    assert [(line.text, line.line) for line in lines] == [("good", 0), ("too", 3)]
    broken = record._replace(value=b"\xc1")
    assert find(broken, PartitionState(0, -1), Names(new_miner()), Wanted()) == ([], 0)


def test_long_lines_are_cut() -> None:
    lines, _ = find(_record("x" * 5000), PartitionState(0, -1), Names(new_miner()), Wanted())
    assert lines[0].cut
    assert len(lines[0].text) == len(lines[0].message) == 4097
