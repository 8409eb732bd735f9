"""The generic webhook's bodies: what is a line, what a metric, what is bad."""

import json

import pytest

from api.reading.generic import read_generic
from api.reading.reading import MOST_BAD_ITEMS, Reading
from schemas.errors import InvalidEvent
from schemas.logs import MAX_LINE_BYTES


def read(body: bytes, declared_json: bool = True) -> Reading:
    return read_generic(body, "web", declared_json=declared_json)


def points(reading: Reading) -> list[tuple[str, str, int, float]]:
    found = reading.points
    return list(zip(found.host, found.metric, found.time_ms, found.value, strict=True))


def test_one_object_is_one_line_of_the_same_bytes() -> None:
    body = b' {"msg" : "a",  "n": 1.50}\n'
    assert read(body).lines == [body.strip()]


def test_a_pretty_printed_object_becomes_one_line_and_keeps_its_digits() -> None:
    body = b'{\n  "msg": "a",\n  "id": 12345678901234567890.10\n}'
    assert read(body).lines == [b'{"msg":"a","id":12345678901234567890.10}']


def test_of_an_array_each_item_is_one_line_and_a_string_its_text() -> None:
    assert read(b'[{"msg": "a"}, "plain \\u00fc"]').lines == [b'{"msg": "a"}', "plain ü".encode()]


def test_ndjson_is_a_line_each_and_blank_ones_are_none() -> None:
    reading = read(b'{"msg": 1}\r\n\n{"msg": 2}\n')
    assert reading.lines == [b'{"msg": 1}', b'{"msg": 2}']
    assert reading.items == 2


def test_text_is_split_at_newlines_and_a_blank_line_counts() -> None:
    assert read(b"one\r\n\n{two\n", declared_json=False).lines == [b"one", b"", b"{two"]


@pytest.mark.parametrize(
    "item",
    [
        {"metric": "cpu_usage", "value": 93.5, "host": "a", "timestamp": 1_700_000_000},
        {"name": "cpu_usage", "value": 93.5, "host": "a", "timestamp": 1_700_000_000_000},
        {"cpu_usage": 93.5, "host": "a", "timestamp": "2023-11-14T22:13:20Z"},
        {
            "name": "cpu",
            "fields": {"usage_idle": 6.5},
            "tags": {"host": "a", "cpu": "cpu-total"},
            "timestamp": 1_700_000_000,
        },
    ],
)
@pytest.mark.parametrize("declared_json", [True, False])
def test_these_shapes_are_metrics(item: dict[str, object], declared_json: bool) -> None:
    reading = read(json.dumps(item).encode(), declared_json)
    assert points(reading) == [("a", "cpu_usage", 1_700_000_000_000, 93.5)]
    assert reading.lines == []


@pytest.mark.parametrize(
    "item",
    [
        {"name": "pool", "value": 5, "message": "pool is full"},
        {"metric": "cpu_usage", "value": "high"},
        {"host": "a", "level": 30, "pid": 7},
        {"name": "signup", "fields": ["email"]},
        {},
    ],
)
def test_everything_else_is_a_line(item: dict[str, object]) -> None:
    reading = read(json.dumps(item).encode())
    assert reading.lines == [json.dumps(item).encode()]
    assert points(reading) == []


def test_a_batch_of_telegraf_is_understood_here_too() -> None:
    reading = read(b'{"metrics": [{"name": "m", "fields": {"a": 1}, "tags": {}, "timestamp": 7}]}')
    assert points(reading) == [("web", "m_a", 7000, 1.0)]


def test_bad_items_fail_alone_and_are_told_apart() -> None:
    body = b'[{"msg": 1}, null, 7, "' + b"x" * (MAX_LINE_BYTES + 1) + b'", "\xff", []]'
    reading = read(body)
    assert reading.items == 6
    assert reading.lines == [b'{"msg": 1}']
    assert [(bad.place, bad.reason) for bad in reading.bad] == [
        (1, "not an item"),
        (2, "not an item"),
        (3, "oversized"),
        (4, "not json"),
        (5, "not an item"),
    ]


def test_a_bad_line_of_ndjson_fails_alone() -> None:
    reading = read(b'{"msg": 1}\n{"msg": \n{"msg": 3}\n')
    assert reading.lines == [b'{"msg": 1}', b'{"msg": 3}']
    assert [(bad.place, bad.value) for bad in reading.bad] == [(1, b'{"msg": ')]


def test_lines_of_text_are_never_read_together() -> None:
    body = b'{"msg": [1\n2]}\n{"metric": "cpu_usage", "value": 1},{"msg": 2}\n'
    assert read(body, declared_json=False).lines == body.splitlines()


def test_text_that_is_not_utf8_is_bad() -> None:
    reading = read(b"good\n\xff\xfe\n", declared_json=False)
    assert reading.lines == [b"good"]
    assert reading.bad[0].reason == "undecodable"


@pytest.mark.parametrize("body", [b"{", b'{"a": 1', b"hello", b"[1, 2", b"[" * 100_000])
def test_a_body_that_says_json_and_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidEvent, match="not json"):
        read(body)


def test_too_many_bad_items_refuse_the_body() -> None:
    with pytest.raises(InvalidEvent, match="too many"):
        read(b"[" + b"0," * (MOST_BAD_ITEMS + 1) + b"0]")


def test_half_of_a_surrogate_pair_fails_nothing() -> None:
    reading = read(rb'[{"msg": "cut \ud83d"}, "whole \ud83d\ude00", {"msg": "C:\\ud800"}]')
    assert reading.lines == [
        rb'{"msg": "cut \ufffd"}',
        "whole \U0001f600".encode(),
        rb'{"msg": "C:\\ud800"}',
    ]


def test_an_empty_body_has_no_items() -> None:
    assert read(b"").items == read(b"", declared_json=False).items == 0
