"""A record of metrics.raw becomes points and dead ones; nothing that bytes hold raises."""

import json
import math
import random
from typing import Any

import pytest

from agents.measuring import Measured, read
from agents.parsing.record import Record
from schemas.headers import Headers
from schemas.metrics import MetricBatch, encode_metrics

ARRIVAL = 1_795_000_000_000
RETENTION = 90 * 86_400_000
OURS: Headers = [("schema", b"MetricBatch/1"), ("source", b"edge"), ("points", b"3")]


def record(value: bytes, found: Headers | None = None, key: bytes | None = b"web-1") -> Record:
    return Record("metrics.raw", 0, 7, ARRIVAL, key, value, found or [])


def batch(**columns: list[Any]) -> bytes:
    full: dict[str, Any] = {
        "host": ["a", "a", ""],
        "metric": ["cpu_usage", "load1", "x"],
        "time_ms": [ARRIVAL - 5, 0, ARRIVAL],
        "value": [1.5, 2.0, 3.0],
        **columns,
    }
    return encode_metrics(MetricBatch("edge", **full))


def rows(measured: Measured) -> list[tuple[str, str, int, float]]:
    columns = (measured.host, measured.metric, measured.time_ms, measured.value)
    return list(zip(*columns, strict=True))


def reasons(measured: Measured) -> list[tuple[int, str]]:
    return [(item.points, item.reason) for item in measured.dead]


def test_our_batch_gets_its_source_as_host_and_the_arrival_as_time() -> None:
    measured = read(record(batch(), OURS), RETENTION)
    assert rows(measured) == [
        ("a", "cpu_usage", ARRIVAL - 5, 1.5),
        ("a", "load1", ARRIVAL, 2.0),
        ("edge", "x", ARRIVAL, 3.0),
    ]
    assert (measured.source, measured.points, measured.dead) == ("edge", 3, [])


def test_our_batch_is_converted_to_canonical_names_and_units() -> None:
    metrics = ["cpu_idle", "memory_used_kb[x]", "CPU-Usage-Percent"]
    measured = read(record(batch(metric=metrics), OURS), RETENTION)
    assert list(measured.metric) == ["cpu_usage", "memory_used[x]", "cpu_usage"]
    assert list(measured.value) == [98.5, 2048.0, 3.0]


@pytest.mark.parametrize(
    ("column", "bad", "reason"),
    [
        ("value", math.nan, "not a number"),
        ("value", math.inf, "not a number"),
        ("value", -1e101, "not a number"),
        ("time_ms", ARRIVAL - RETENTION - 1, "too old"),
        ("time_ms", -1, "too old"),
        ("time_ms", ARRIVAL + 3_600_001, "too new"),
        ("metric", "m" * 2**20, "oversized"),
        ("host", "\U0001f4a5" * 300, "oversized"),
        ("metric", "", "no metric"),
    ],
)
def test_a_bad_point_dies_alone(column: str, bad: object, reason: str) -> None:
    whole: dict[str, list[Any]] = {"host": ["a"] * 3, "metric": ["x"] * 3, "time_ms": [ARRIVAL] * 3}
    whole["value"] = [1.0] * 3
    values = list(whole[column])
    values[1] = bad
    measured = read(record(batch(**{**whole, column: values}), OURS), RETENTION)
    assert (list(measured.index), reasons(measured)) == ([0, 2], [(1, reason)])
    assert measured.points == 3
    item = json.loads(measured.dead[0].value)
    assert item["name"] == (bad if column == "metric" else "x")


def test_a_batch_that_cannot_be_read_dies_whole_with_what_its_edge_said() -> None:
    cut = read(record(batch()[:20], OURS), RETENTION)
    assert reasons(cut) == [(3, "undecodable")]
    assert cut.dead[0].place == -1
    uneven = read(record(batch(value=[1.0]), OURS), RETENTION)
    assert reasons(uneven) == [(3, "undecodable")]
    future = read(record(batch(), [("schema", b"MetricBatch/9")]), RETENTION)
    assert reasons(future) == [(1, "unknown version")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            b'{"host":"h","timestamp":1795000000,"cpu_usage_percent":1.5,"up":true,"note":"x"}',
            [("h", "cpu_usage", ARRIVAL, 1.5), ("h", "up", ARRIVAL, 1.0)],
        ),
        (b'{"hostname":"h","load1":1}', [("h", "load1", ARRIVAL, 1.0)]),
        (b'{"load1":1}', [("web-1", "load1", ARRIVAL, 1.0)]),
        (
            b'[{"name":"disk_used_percent","value":5,"host":"h","tags":{"path":"/var"},'
            b'"timestamp":"2026-11-18T12:00:00Z"}]',
            [("h", "disk_used_percent[/var]", 1_795_003_200_000, 5.0)],
        ),
        (
            b'{"metric":"net_recv_bytes[eth0]","value":5,"ts":1795000000000000}',
            [("web-1", "net_recv_bytes[eth0]", ARRIVAL, 5.0)],
        ),
        (
            b'{"metrics":[{"fields":{"usage_idle":80.0},"name":"cpu",'
            b'"tags":{"host":"h","cpu":"cpu-total"},"timestamp":1795000000}]}',
            [("h", "cpu_usage", ARRIVAL, 20.0)],
        ),
        (
            b'{"fields":{"used_percent":7,"mode":"rw"},"name":"disk","tags":{"host":"h",'
            b'"path":"/","fstype":"xfs"},"timestamp":1795000000000000000}',
            [("h", "disk_used_percent[/]", ARRIVAL, 7.0)],
        ),
        (
            b'{"fields":{"field_1":30},"name":"docker","tags":{"host":"h","z":"2","a":"1"}}',
            [("h", "docker_field_1[a=1,z=2]", ARRIVAL, 30.0)],
        ),
        (
            b'{"load1":1}\r\n\n{"load1":2,"time":1795000001}\n',
            [("web-1", "load1", ARRIVAL, 1.0), ("web-1", "load1", ARRIVAL + 1000, 2.0)],
        ),
        (b'{\n  "host": "h",\n  "load1": 1\n}\n', [("h", "load1", ARRIVAL, 1.0)]),
        (b'{"host":"h","metrics":{"load5":1}}', [("h", "load5", ARRIVAL, 1.0)]),
        (b'{"name":"system","tags":{"host":"h"},"fields":{"uptime_format":"2 days"}}', []),
        (b"", []),
        (b" \n", []),
        (b"[]", []),
    ],
)
def test_strangers_json(value: bytes, expected: list[tuple[str, str, int, float]]) -> None:
    measured = read(record(value), RETENTION)
    assert rows(measured) == expected
    assert measured.dead == []


def test_each_bad_item_of_a_stranger_is_dead_alone() -> None:
    items = [b'{"load1":1}', b'{"note":"x"}', b"3", b'{"load1":1,"ts":"soon"}', b'{"load5":2}']
    measured = read(record(b"[" + b",".join(items) + b"]"), RETENTION)
    assert list(measured.metric) == ["load1", "load5"]
    assert list(measured.index) == [0, 4]
    assert reasons(measured) == [(2, "no metric"), (1, "bad time")]
    assert measured.dead[0].value == items[1] + b"\n" + items[2]
    lines = read(record(b"\n".join([*items, b"{"])), RETENTION)
    assert list(lines.metric) == ["load1", "load5"]
    assert reasons(lines)[-1] == (1, "undecodable")
    assert lines.points == measured.points + 1


def test_numbers_that_json_has_not_are_dead_alone() -> None:
    big = b"9" * 400
    value = b'{"a":NaN,"b":1e999,"c":-Infinity,"d":' + big + b',"e":1}'
    measured = read(record(value), RETENTION)
    assert rows(measured) == [("web-1", "e", ARRIVAL, 1.0)]
    assert reasons(measured) == [(4, "not a number")]


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 100_000,
        b'{"a":' * 990 + b"1" + b"}" * 990,
        b"[" + b'{"a":' * 985 + b"1" + b"}" * 985 + b"]",
        b'{"a\xff":1}',
        b'{"load1":' + b"9" * 1_000_000 + b"}",
        b'{"' + b"n" * 2**20 + b'":1}',
        b"plain text\nof a log\n",
        b'"text"',
        b"null",
        b'{"timestamp":0,"x":1}',
        b'{"timestamp":{"a":1},"x":1}',
        b'{"x":1,"timestamp":"2100-01-01T00:00:00Z"}',
        b'{"x":1,"timestamp":1}',
    ],
)
def test_poison_is_dead_and_counted(value: bytes) -> None:
    measured = read(record(value), RETENTION)
    assert rows(measured) == []
    assert measured.points >= 1


def test_names_that_no_database_keeps_are_made_harmless() -> None:
    measured = read(record(b'{"host":"a\\u0000","\\ud800":1,"b\\u0000":2}'), RETENTION)
    assert list(measured.host) == ["a\u2400"] * 2
    assert list(measured.metric) == ["\ufffd", "b\u2400"]
    ours = read(record(batch(host=["\0", "b", "c"], metric=["\0", "y", "z"]), OURS), RETENTION)
    assert (ours.host[0], ours.metric[0]) == ("\u2400", "\u2400")


def test_noise_never_raises() -> None:
    random_ = random.Random(4)
    whole = batch()
    for _ in range(500):
        noise = bytearray(random_.choice([whole, b'[{"a":1,"ts":5},{"b":"c"}]']))
        for _ in range(random_.randrange(1, 5)):
            noise[random_.randrange(len(noise))] = random_.randrange(256)
        for found in (OURS, []):
            measured = read(record(bytes(noise), found), RETENTION)
            assert len(measured.value) == len(measured.index)


def test_a_dead_letter_comes_back_as_the_same_point() -> None:
    old = ARRIVAL - RETENTION - 5
    measured = read(record(batch(time_ms=[old, old + 1, ARRIVAL]), OURS), RETENTION)
    again = read(record(measured.dead[0].value, key=b"edge"), 2 * RETENTION)
    assert rows(again) == [("a", "cpu_usage", old, 1.5), ("a", "load1", old + 1, 2.0)]
