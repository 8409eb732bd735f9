"""Telegraf's bodies: JSON and line protocol, metrics and the logs that some inputs make."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reading.line_protocol import split_points
from api.reading.reading import Reading
from api.reading.telegraf import read_telegraf
from schemas.metrics import UNTIMED

CPU = {
    "name": "cpu",
    "tags": {"cpu": "cpu-total", "host": "loaner"},
    "fields": {"usage_idle": 82.5},
    "timestamp": 1_568_760_922,
}


def points(reading: Reading) -> list[tuple[str, str, int, float]]:
    found = reading.points
    return list(zip(found.host, found.metric, found.time_ms, found.value, strict=True))


@pytest.mark.parametrize("body", [CPU, [CPU], {"metrics": [CPU]}])
def test_json_single_list_and_batch(body: object) -> None:
    reading = read_telegraf(json.dumps(body).encode(), "s")
    assert points(reading) == [("loaner", "cpu_usage", 1_568_760_922_000, 17.5)]


def test_json_one_a_line() -> None:
    body = "\n".join(json.dumps(CPU) for _ in range(3)).encode()
    assert len(points(read_telegraf(body, "s"))) == 3


@pytest.mark.parametrize(
    ("time", "precision"),
    [
        ("1568760922000000000", "ns"),
        ("1568760922000000", "us"),
        ("1568760922000", "ms"),
        ("1568760922", "s"),
    ],
)
def test_line_protocol_in_any_precision(time: str, precision: str) -> None:
    body = f"cpu,cpu=cpu-total,host=loaner usage_idle=82.5 {time}\n".encode()
    reading = read_telegraf(body, "s", precision)
    assert points(reading) == [("loaner", "cpu_usage", 1_568_760_922_000, 17.5)]


def test_a_point_without_time_or_host_takes_the_record_s_and_the_source() -> None:
    reading = read_telegraf(b"mem used_percent=40", "web-1")
    assert points(reading) == [("web-1", "memory_used_percent", UNTIMED, 40.0)]


def test_comments_and_blank_lines_are_no_items() -> None:
    assert read_telegraf(b"# a comment\n\n  \nmem used=1i 1\n", "s").items == 1


def test_one_bad_metric_costs_itself_alone() -> None:
    body = b"mem used_percent=1 1\nnonsense\nmem used_percent=NaN 1\nmem used_percent=2 2000000\n"
    reading = read_telegraf(body, "s")
    assert [bad.place for bad in reading.bad] == [1, 2]
    assert reading.accepted == 2
    assert {bad.reason for bad in reading.bad} == {"not line protocol"}


def test_strings_beside_numbers_are_left_out() -> None:
    body = b'system,host=a uptime=7i,uptime_format=" 1:02" 1568760922000000000'
    assert points(read_telegraf(body, "s")) == [("a", "uptime", 1_568_760_922_000, 7.0)]


def test_a_log_that_telegraf_collected_is_a_line() -> None:
    body = (
        b"syslog,appname=sshd,host=agent,hostname=web-1,severity=err"
        b' message="Failed password, for \\"root\\"\nsecond",severity_code=3i 1568760922000000000'
    )
    reading = read_telegraf(body, "s")
    assert points(reading) == []
    assert json.loads(reading.lines[0]) == {
        "timestamp": 1_568_760_922_000_000_000,
        "host": "web-1",
        "service": "sshd",
        "severity": "err",
        "message": 'Failed password, for "root"\nsecond',
    }


@pytest.mark.parametrize(
    "line",
    [
        b'm text="a\nb",v=1 1',
        b'm text="a\\"\nb" 1',
        b'm,tag=it"s v=1 1',
        b'm,tag=a\\ "b v=1 1',
        b'"m v=1 1',
        b'm a="",b="x" 1',
    ],
)
def test_a_newline_ends_a_line_only_outside_of_a_field_s_quotes(line: bytes) -> None:
    assert list(split_points(line + b"\nnext v=1\n")) == [line, b"next v=1"]


def test_a_string_that_is_never_closed_does_not_swallow_what_follows() -> None:
    assert list(split_points(b'm a="open\nn v=1\no v=2')) == [b'm a="open', b"n v=1", b"o v=2"]


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    reading = read_telegraf(b"m " + body, "s")
    assert reading.accepted + len(reading.bad) == reading.items


@given(st.lists(st.text('ab ,="\\\n1', max_size=12), max_size=8))
def test_lines_without_quotes_are_split_as_text_is(lines: list[str]) -> None:
    body = "\n".join(lines).replace('"', "").encode()
    expected = [line.strip() for line in body.split(b"\n") if line.strip()]
    assert list(split_points(body)) == expected
