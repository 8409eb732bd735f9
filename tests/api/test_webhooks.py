"""The webhooks on the real broker: what is on the topics after a 202, and what else is said."""

import gzip
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import zstandard

from schemas import headers
from schemas.topics import DLQ, LOGS_RAW, METRICS_RAW
from tests.api.serving import Served, log_batches, metric_batches, records
from tests.connectors.sources.support import until

pytestmark = pytest.mark.stack

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


async def lines_of(api: Served, source: str) -> list[bytes]:
    found = [batch for batch in await log_batches(api.settings) if batch.source == source]
    return [line for batch in found for line in batch.lines]


async def test_lines_and_points_are_on_the_topics_when_202_is_said(api: Served) -> None:
    body = [
        {"message": "disk full", "level": "error"},
        "plain",
        {"metric": "cpu_usage", "value": 93.5, "host": "web-1", "timestamp": 1_700_000_000},
    ]
    with api.producer(traceparent=f"00-{TRACE}-00f067aa0ba902b7-01") as client:
        answer = client.post("/webhooks/generic", params={"source": "shop"}, json=body)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 3, "rejected": 0, "lines": 2, "points": 1, "errors": []}
    assert answer.headers["traceparent"].split("-")[1] == TRACE
    record = next(r for r in await records(api.settings, LOGS_RAW) if r.key == b"shop")
    assert await lines_of(api, "shop") == [b'{"message":"disk full","level":"error"}', b"plain"]
    assert record.header(headers.SCHEMA) == "LogBatch/1"
    assert record.header(headers.SOURCE) == "shop"
    assert record.header(headers.LINES) == "2"
    assert record.header(headers.RANGE) is None
    assert (record.header(headers.TRACEPARENT) or "").split("-")[1] == TRACE
    point = next(r for r in await records(api.settings, METRICS_RAW) if r.key == b"web-1")
    assert point.header(headers.SCHEMA) == "MetricBatch/1"
    assert point.header(headers.POINTS) == "1"
    batch = next(b for b in await metric_batches(api.settings) if b.host == ["web-1"])
    assert (batch.metric, batch.time_ms, batch.value) == (
        ["cpu_usage"],
        [1_700_000_000_000],
        [93.5],
    )


async def test_the_source_is_the_parameter_else_the_header_else_the_key_s_name(
    api: Served,
) -> None:
    with api.producer(**{"X-Source": "höst".encode()}) as client:
        client.post("/webhooks/generic?source=a%20b", content=b"by parameter")
        client.post("/webhooks/generic", content=b"by header")
    with api.producer() as client:
        client.post("/webhooks/generic", content=b"by key")
    assert await lines_of(api, "a b") == [b"by parameter"]
    assert await lines_of(api, "höst") == [b"by header"]
    assert await lines_of(api, "webhooks") == [b"by key"]


@pytest.mark.parametrize("path", ["", "/write", "/api/v2/write"])
async def test_telegraf_in_line_protocol_and_json(api: Served, path: str) -> None:
    host = f"t{path.replace('/', '-')}"
    points = f"mem,host={host} used_percent=4 1700000000000000000\n"
    metric = {"name": "swap", "tags": {"host": host}, "fields": {"used_percent": 5}}
    with api.producer(Authorization=f"Token {api.key}") as client:
        del client.headers["X-API-Key"]
        answers = [
            client.post(f"/webhooks/telegraf{path}?precision=ns&org=o&bucket=b", content=points),
            client.post(f"/webhooks/telegraf{path}", content=json.dumps({"metrics": [metric]})),
        ]
    assert [answer.status_code for answer in answers] == [202, 202]
    found = [b for b in await metric_batches(api.settings) if host in b.host]
    assert sorted(name for batch in found for name in batch.metric) == [
        "memory_used_percent",
        "swap_used_percent",
    ]


def chunks(body: bytes) -> Iterator[bytes]:
    """Sent chunked: without a Content-Length."""
    for at in range(0, len(body), 7):
        yield body[at : at + 7]


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("identity", bytes),
    ],
)
async def test_compressed_and_chunked_bodies(api: Served, encoding: str, compress: object) -> None:
    assert callable(compress)
    body = compress(b"\n".join(b"%s %d" % (encoding.encode(), n) for n in range(3000)))
    with api.producer(**{"Content-Encoding": encoding}) as client:
        answer = client.post("/webhooks/generic", params={"source": encoding}, content=chunks(body))
    assert answer.json()["lines"] == 3000
    expected = [b"%s %d" % (encoding.encode(), n) for n in range(3000)]
    assert sorted(await lines_of(api, encoding)) == sorted(expected)


async def test_bad_items_are_dead_lettered_and_fail_nothing_else(api: Served) -> None:
    body = b'[{"msg": "good"}, 7, {"metric": "m", "value": 1, "timestamp": "never"}]'
    with api.producer(**{"Content-Type": "application/json"}) as client:
        answer = client.post("/webhooks/generic?source=bad", content=body)
    assert answer.status_code == 202
    receipt = answer.json()
    assert (receipt["accepted"], receipt["rejected"]) == (1, 2)
    assert [(e["index"], e["reason"]) for e in receipt["errors"]] == [
        (1, "not an item"),
        (2, "bad time"),
    ]
    letters = [r for r in await records(api.settings, DLQ) if r.header(headers.SOURCE) == "bad"]
    assert sorted(letter.value for letter in letters) == [
        b"7",
        b'{"metric": "m", "value": 1, "timestamp": "never"}',
    ]
    assert {letter.header(headers.DEAD_STAGE) for letter in letters} == {"http"}
    assert len({letter.header(headers.DEAD_ID) for letter in letters}) == 2


async def test_a_retry_with_its_idempotency_key_carries_the_same_ranges(api: Served) -> None:
    body = b"\n".join(b"line %d" % n for n in range(2500)) + b"\n\xff"
    with api.producer(**{"Idempotency-Key": "key:1"}) as client:
        for _ in range(2):
            assert client.post("/webhooks/generic?source=i:d", content=body).status_code == 202
        client.post("/webhooks/generic?source=i:d", content=b"another body")
    found = [r for r in await records(api.settings, LOGS_RAW) if r.key == b"i:d"]
    ranges = [record.header(headers.RANGE) or "" for record in found]
    assert all(one.startswith("http:webhooks:i%3Ad:key:1:") for one in ranges)
    assert len(ranges) == 7
    assert len(set(ranges)) == 4
    by_range: dict[str, bytes] = {}
    for record, one in zip(found, ranges, strict=True):
        assert by_range.setdefault(one, record.value) == record.value
    ids = [
        r.header(headers.DEAD_ID)
        for r in await records(api.settings, DLQ)
        if r.header(headers.SOURCE) == "i:d"
    ]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_small_requests_of_one_source_share_records(api: Served) -> None:
    with api.producer() as client, ThreadPoolExecutor(32) as pool:

        def send(number: int) -> int:
            body = b"line %d" % number
            return client.post("/webhooks/generic?source=many", content=body).status_code

        assert set(pool.map(send, range(400))) == {202}
    found = [r for r in await records(api.settings, LOGS_RAW) if r.key == b"many"]
    assert sorted(await lines_of(api, "many")) == sorted(b"line %d" % n for n in range(400))
    assert len(found) < 400


async def test_a_large_body_becomes_many_records_in_order(api: Served) -> None:
    expected = [b"%06d %s" % (n, b"x" * 100) for n in range(30_000)]
    with api.producer() as client:
        answer = client.post("/webhooks/generic?source=large", content=b"\n".join(expected))
    assert answer.json()["lines"] == 30_000
    assert await lines_of(api, "large") == expected


async def test_the_key_is_in_no_log_and_requests_are(api: Served) -> None:
    with api.producer() as client:
        client.post(f"/webhooks/generic?source=logged&token={api.key}", content=b"a")
    await until(lambda: any(e.get("source") == "logged" for e in api.log))
    entry = next(e for e in api.log if e.get("source") == "logged")
    assert entry["status"] == 202
    assert entry["path"] == "/webhooks/generic"
    assert (entry["accepted"], entry["bytes"]) == (1, 1)
    assert api.key not in (api.settings.data_dir / "api.log").read_text()


@pytest.mark.parametrize(
    "auth",
    [
        {"X-API-Key": "{key}"},
        {"Authorization": "Bearer {key}"},
        {"Authorization": "Token {key}"},
        {"Authorization": "Basic {basic}"},
    ],
)
def test_four_ways_to_present_the_key(api: Served, auth: dict[str, str]) -> None:
    basic = httpx.BasicAuth("anyone", api.key)
    request = next(basic.auth_flow(httpx.Request("POST", api.url)))
    said = request.headers["Authorization"].removeprefix("Basic ")
    sent = {name: value.format(key=api.key, basic=said) for name, value in auth.items()}
    url = f"{api.url}/webhooks/generic"
    assert httpx.post(url, content=b"a", headers=sent, verify=False).status_code == 202


def test_the_key_file_is_its_owner_s_alone(api: Served) -> None:
    mode = (api.settings.data_dir / "api.key").stat().st_mode
    assert mode & 0o777 == 0o600
    assert len(api.key) >= 43
