"""Entries of a stream as lines and plans: no server, any bytes."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.parsing.record import Record, read_batch
from connectors.sources.cutting import CUT_TO, LONGEST_WHOLE, MAX_LINES, MAX_TEXT
from connectors.sources.stream_entries import (
    Plan,
    Shaped,
    StreamEntry,
    Unit,
    plan,
    range_of,
    records,
    shape,
    units,
)

FIELDS = st.dictionaries(
    st.sampled_from([b"message", b"source", b"host"]) | st.binary(max_size=5),
    st.binary(max_size=50),
    min_size=1,
)


def shaped(fields: dict[bytes, bytes]) -> Shaped:
    return shape(StreamEntry(b"5-0", fields), "logs")


@pytest.mark.parametrize("name", [b"data", b"message", b"log", b"payload"])
def test_a_text_alone_is_the_line_unchanged(name: bytes) -> None:
    assert shaped({name: b"disk  full \xc3\xa9"}).lines == [b"disk  full \xc3\xa9"]
    assert shaped({name: b'{"b": 1.10,  "a": 2}'}).lines == [b'{"b": 1.10,  "a": 2}']


@given(st.binary(max_size=200))
def test_a_text_alone_is_read_as_a_record_of_the_topic(text: bytes) -> None:
    on_topic = Record("logs.raw", 0, 0, 0, b"k", text, [])
    assert shaped({b"message": text}).lines == read_batch(on_topic).lines


def test_other_fields_become_one_json_object() -> None:
    found = shaped({b"message": b"disk full", b"level": b"error", b"n": b"7"})
    assert found.source == "redis/logs"
    (line,) = found.lines
    assert json.loads(line) == {"message": "disk full", "level": "error", "n": "7"}


def test_a_field_names_the_source() -> None:
    assert shaped({b"message": b"m", b"source": b"web-1"}) == Shaped(b"5-0", "web-1", [b"m"])
    assert len(shaped({b"message": b"m", b"source": b"x" * 500}).source) == 200


def test_no_field_makes_lines_count_as_made_up() -> None:
    named = shaped({b"message": b"m", b"source": b"demo/web-1"})
    assert named.source == "outside/demo/web-1"
    assert shaped({b"message": b"m", b"source": b"demolition"}).source == "demolition"


@given(FIELDS)
def test_any_bytes_become_lines_that_keep_them(fields: dict[bytes, bytes]) -> None:
    found = shaped(fields)
    found.source.encode()
    if len(fields.keys() - {b"source"}) > 1:
        (line,) = found.lines
        kept = json.loads(line.decode("utf-8", "surrogateescape"))
        assert {
            name.encode("utf-8", "surrogateescape"): value.encode("utf-8", "surrogateescape")
            for name, value in kept.items()
        } == fields


def test_a_line_too_long_for_a_record_is_cut_and_stays_oversized() -> None:
    (line,) = shaped({b"message": b"x" * (LONGEST_WHOLE + 1)}).lines
    assert len(line) == CUT_TO


def entries(*sizes: int, source: str = "a", first: int = 1) -> list[Shaped]:
    """Entries with one line of so many bytes each."""
    return [Shaped(b"%d-0" % n, source, [b"x" * size]) for n, size in enumerate(sizes, first)]


def test_each_source_has_its_plans_and_each_entry_is_in_one() -> None:
    mixed = [*entries(1, 1), *entries(1, source="b", first=3), *entries(1, first=4)]
    assert plan(mixed) == [Plan((b"1-0", b"2-0", b"4-0")), Plan((b"3-0",))]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 1200)), max_size=40))
def test_plans_hold_every_entry_once_and_fit_into_records(given: list[tuple[str, int]]) -> None:
    all_ = [Shaped(b"%d-0" % n, s, [b"x" * 300] * lines) for n, (s, lines) in enumerate(given)]
    by_id = {entry.id: entry for entry in all_}
    plans = plan(all_)
    assert Counter(i for p in plans for i in p.ids) == Counter(list(by_id))
    assert len({p.name for p in plans}) == len(plans)
    for one in plans:
        batches = list(records([by_id[id_] for id_ in one.ids]))
        assert len(batches) <= 1 or len(one.ids) == 1
        for batch in batches:
            assert len(batch.lines) <= MAX_LINES
            assert sum(map(len, batch.lines)) <= MAX_TEXT
            assert batch.source == by_id[one.ids[0]].source


def test_a_lone_large_entry_becomes_several_records_with_names_of_their_own() -> None:
    lone = Shaped(b"1-0", "a", [b"%d" % n for n in range(2500)])
    batches = list(records([lone]))
    assert [len(batch.lines) for batch in batches] == [1000, 1000, 500]
    names = [range_of("i", "logs", Plan((b"1-0",)), part) for part, _ in enumerate(batches)]
    assert names[0] == "redis:i:logs:1-0-1-0"
    assert len(set(names)) == 3


def test_an_entry_without_lines_needs_no_record() -> None:
    assert list(records([shaped({b"message": b""})])) == []
    assert list(records([])) == []


def test_planned_entries_are_tried_again_as_they_were_planned() -> None:
    known = Plan((b"1-0", b"2-0"))
    elsewhere = Plan((b"8-0",))
    found = units({b"1-0": 1, b"2-0": 3, b"3-0": 1, b"4-0": 1}, [known, elsewhere])
    assert found == [
        Unit((b"1-0", b"2-0"), 3, planned=True),
        Unit((b"3-0", b"4-0"), 1, planned=False),
    ]


def test_what_ended_its_reader_twice_is_tried_alone() -> None:
    assert units({b"1-0": 2, b"2-0": 1, b"3-0": 4}, []) == [
        Unit((b"2-0",), 1, planned=False),
        Unit((b"1-0",), 2, planned=False),
        Unit((b"3-0",), 4, planned=False),
    ]
