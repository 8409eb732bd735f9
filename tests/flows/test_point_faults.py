"""The books of metric points: packed rows keep them, and every fault in them is named."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import pytest

from agents.app import create_app
from agents.engine.packer import Packer
from connectors.ledger import draw_up
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from schemas.topics import METRICS_RAW
from tests.flows.points import kept, last, metric_books, publish_points, record_of, settled_points
from tests.flows.test_ledger_faults import expire, faults, wipe
from tests.flows.test_points import NOW_MS, batches, forget_point_offsets
from tests.flows.truth import execute
from tests.stack import RunningStack
from tests.workers import Workers, running


@pytest.fixture
def workers(stack: RunningStack) -> Iterator[Workers]:
    """An installation whose books balance over 400 points."""
    with running(stack, ("persist",)) as found:
        asyncio.run(publish_points(found.settings, [record_of(b) for b in batches(40, 10)]))
        assert settled_points(found, 400).balanced
        yield found


def test_rows_that_are_tampered_with_are_found(workers: Workers) -> None:
    settings = workers.settings
    one = (
        'where (partition, "offset") = (select partition, min("offset") from point_batches'
        " group by partition order by partition limit 1)"
    )
    assert execute(settings, f"update point_batches set stated_points = points + 1 {one}")
    assert set(faults(settings)) == {"misstated"}
    assert execute(settings, f"update point_batches set stored = stored + 1 {one}")
    assert set(faults(settings)) == {"misstated", "uneven"}
    assert execute(settings, f"delete from point_batches {one}")
    assert set(faults(settings)) == {"missing"}


def test_records_that_expire_unread_are_named(workers: Workers) -> None:
    workers.wait_ready("persist-0")
    assert workers.stop("persist-0") == 0
    asyncio.run(publish_points(workers.settings, [record_of(b) for b in batches(20, 10, seed=5)]))
    asyncio.run(expire(workers.settings, METRICS_RAW))
    assert "expired" in faults(workers.settings)
    workers.start("persist-0")
    asyncio.run(publish_points(workers.settings, [record_of(b) for b in batches(20, 10, seed=6)]))
    ledger = settled_points(workers, 600)
    assert {fault.kind for fault in ledger.faults} == {"expired"}
    assert sum(line.accepted for line in ledger.metrics) == 600


def test_a_wiped_log_opens_a_new_epoch(workers: Workers) -> None:
    workers.kill("persist-0")
    asyncio.run(wipe(workers.settings, METRICS_RAW))
    assert "lost" in faults(workers.settings)
    workers.start("persist-0")
    made = [MetricBatch("new", ["n"], ["x"], [NOW_MS + n], [float(n)]) for n in range(20)]
    asyncio.run(publish_points(workers.settings, [record_of(b) for b in made]))
    ledger = settled_points(workers, 420)
    assert ledger.balanced, ledger.faults
    assert metric_books(ledger)["new"].stored == 20


def test_what_is_unread_is_in_flight_by_source(workers: Workers) -> None:
    workers.wait_ready("persist-0")
    workers.kill("persist-0")
    batch = MetricBatch("waiting", ["n"] * 3, ["x"] * 3, [NOW_MS] * 3, [1.0] * 3)
    asyncio.run(publish_points(workers.settings, [record_of(batch), (b"k", b'{"a":1}', [])]))
    ledger = asyncio.run(draw_up(workers.settings))
    assert ledger.balanced
    assert ledger.in_flight == 2
    found = {name: (line.accepted, line.in_flight) for name, line in metric_books(ledger).items()}
    assert (found["waiting"], found["unattributed"]) == ((3, 3), (1, 1))
    assert ledger.in_flight_of(["waiting"]) == 3


def test_packed_rows_are_few_balanced_and_never_applied_again(workers: Workers) -> None:
    made = [
        MetricBatch(f"s{n % 3}", ["h"], ["x"], [NOW_MS - n * 1_000], [float(n)])
        for n in range(2_000)
    ]
    asyncio.run(publish_points(workers.settings, [record_of(b) for b in made]))
    before = metric_books(settled_points(workers, 2_400))
    assert _rows(workers.settings) == 2_040
    asyncio.run(_pack(workers.settings))
    assert _rows(workers.settings) < 20
    ledger = settled_points(workers, 2_400)
    assert ledger.balanced, ledger.faults
    assert metric_books(ledger) == before
    workers.wait_ready("persist-0")
    workers.stop("persist-0")
    asyncio.run(forget_point_offsets(workers.settings))
    workers.start("persist-0")
    extra = MetricBatch("late", ["l"], ["x"], [NOW_MS], [1.0])
    asyncio.run(publish_points(workers.settings, [record_of(extra)]))
    ledger = settled_points(workers, 2_401)
    assert ledger.balanced, ledger.faults
    assert {n: line for n, line in metric_books(ledger).items() if n != "late"} == before
    assert last(made).items() <= kept(workers.settings).items()


async def _pack(settings: Settings) -> None:
    app = create_app(settings, "persist")
    await app.pool.open()
    try:
        await Packer(app, settings).pack(int(time.time() * 1000) + 120_000)
    finally:
        await app.pool.close()


def _rows(settings: Settings) -> int:
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        found = connection.execute("select count(*) from point_batches").fetchone()
    return int(found[0]) if found else 0
