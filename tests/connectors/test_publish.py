"""The publisher: acknowledged or Unavailable, never silently lost."""

from pathlib import Path

import pytest

from connectors.publish import Publisher, batch_headers, metric_headers
from schemas.errors import Unavailable
from schemas.headers import RANGE, TRACEPARENT, text
from schemas.logs import LogBatch
from schemas.metrics import MetricBatch, decode_metrics
from schemas.settings import load
from schemas.topics import METRICS_RAW
from tests.connectors.sources.support import arrived, fresh
from tests.disks import embedded_broker
from tests.flows.detecting import records
from tests.stack import RunningStack

BATCH = LogBatch("web-ü", [b"one", b"\xff\0two"])


def test_headers_name_the_part_only_where_there_is_one() -> None:
    assert text(batch_headers(BATCH, "f:0-9"), RANGE) == "f:0-9"
    assert text(batch_headers(BATCH, None), RANGE) is None


def test_each_record_has_a_trace_of_its_own() -> None:
    first, second = (text(batch_headers(BATCH, None), TRACEPARENT) or "" for _ in range(2))
    version, trace, span, flags = first.split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert first != second


@pytest.mark.stack
async def test_many_records_are_in_flight_and_all_arrive(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path)
    async with Publisher(settings, in_flight=8) as publisher:
        headers = [batch_headers(BATCH, f"f:{n}-{n + 1}") for n in range(100)]
        for task in [await publisher.send(BATCH, each) for each in headers]:
            await task
    records = await arrived(settings)
    assert sorted(record.start for record in records) == list(range(100))
    assert all(record.batch == BATCH for record in records)


@pytest.mark.stack
async def test_leaving_the_context_waits_for_what_is_in_flight(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path)
    async with Publisher(settings) as publisher:
        task = await publisher.send(BATCH, batch_headers(BATCH, "f:0-1"))
    await task
    assert len(await arrived(settings)) == 1


@pytest.mark.stack
async def test_a_host_keeps_its_partition_whoever_shares_its_record(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path)
    hosts = [f"h{n}" for n in range(20)] + [""]
    together = MetricBatch("s", hosts, ["x"] * 21, [1] * 21, [float(n) for n in range(21)])
    alone = [MetricBatch("s", [host], ["x"], [2], [0.0]) for host in hosts]
    async with Publisher(settings) as publisher:
        groups = [group for _, group in publisher.by_partition(together)]
        for batch in groups + alone:
            await (await publisher.send_metrics(batch, metric_headers(batch, None)))
        assert publisher.by_partition(MetricBatch("s", [], [], [], [])) == []
    found: dict[str, list[int]] = {host: [] for host in hosts}
    values: list[float] = []
    for record in await records(settings, METRICS_RAW):
        batch = decode_metrics(record.value)
        values += batch.value if batch.time_ms[0] == 1 else []
        for host in batch.host:
            found[host].append(record.partition)
    assert all(len(places) == 2 and len(set(places)) == 1 for places in found.values())
    assert sorted(values) == together.value
    assert len(groups) > 1


@pytest.mark.stack
async def test_a_full_disk_refuses(stack: RunningStack, tmp_path: Path) -> None:
    settings = (await fresh(stack, tmp_path)).model_copy(update={"disk_floor_gib": 1e9})
    embedded_broker(settings.data_dir)
    async with Publisher(settings) as publisher:
        with pytest.raises(Unavailable, match="DISK_FLOOR_GIB"):
            await publisher.send(BATCH, batch_headers(BATCH, None))


@pytest.mark.stack
async def test_the_disk_of_an_outside_broker_is_not_ours_to_watch(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = (await fresh(stack, tmp_path)).model_copy(update={"disk_floor_gib": 1e9})
    async with Publisher(settings) as publisher:
        await (await publisher.send(BATCH, batch_headers(BATCH, None)))


async def test_no_broker_is_unavailable(tmp_path: Path) -> None:
    settings = load(kafka_bootstrap_servers="127.0.0.1:1", data_dir=tmp_path)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1"):
        async with Publisher(settings):
            pass


@pytest.mark.stack
async def test_a_missing_topic_is_unavailable(stack: RunningStack, tmp_path: Path) -> None:
    settings = stack.settings(data_dir=tmp_path)
    with pytest.raises(Unavailable, match=r"logs\.raw"):
        async with Publisher(settings):
            pass
