"""Metric history in Postgres beyond the contract: places, buckets, partitions, transactions."""

import asyncio
import random
import statistics
from collections.abc import AsyncIterator
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.stores.history import back_end, days
from connectors.stores.history.postgres import PostgresHistory, series_number
from connectors.stores.postgres import transaction
from schemas.errors import UserError
from schemas.history import Point
from tests.connectors.stores.histories import HOUR, Opened, opened, point, settings_for
from tests.stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("history")]

START: Final = days.day_of(1_700_000_000_000).start_ms
TABLES: Final = {300_000: "metric_five_minutes", HOUR: "metric_hours"}


@pytest.fixture
async def kept(stack: RunningStack) -> AsyncIterator[Opened]:
    async with opened(settings_for(stack, "postgres")) as found:
        yield found


async def rows(kept: Opened, statement: str) -> list[tuple[object, ...]]:
    async with transaction(kept.pool) as connection:
        cursor = await connection.execute(statement.encode())
        return list(await cursor.fetchall())


async def test_the_highest_place_wins_in_whatever_order_they_come(kept: Opened) -> None:
    places = [(p, o, i) for p in range(3) for o in (0, 9, 2**40) for i in range(3)]
    random.Random(3).shuffle(places)
    best, value = (-1, -1, -1), {}
    for number, place in enumerate(places):
        value[place] = float(number)
        written = await kept.write([point(START, float(number), place)])
        assert written.stored == (number == 0)
        assert written.overwritten == (number > 0)
        best = max(best, place)
        assert await kept.read(START, START + 1) == {START: value[best]}
        assert await kept.read(START, START + HOUR, HOUR, "max") == {START: value[best]}


async def test_buckets_equal_what_is_computed_from_the_points(kept: Opened) -> None:
    """Random writes, late ones and overwrites too, in batches; then every bucket is compared."""
    chance = random.Random(4)
    hosts, truth = ("a", "b", "c"), dict[tuple[str, int], tuple[tuple[int, int, int], float]]()
    for turn in range(60):
        batch: list[Point] = []
        for n in range(chance.randrange(1, 200)):
            host, value = chance.choice(hosts), chance.choice([0.0, chance.gauss(0, 1e6)])
            time_ms = START - 2 * HOUR + chance.randrange(0, 5 * HOUR, 20_000)
            place = (0, chance.randrange(turn + 1), n)
            batch.append(point(time_ms, value, place, host))
            held = truth.get((host, time_ms))
            if held is None or place > held[0]:
                truth[host, time_ms] = place, value
        before = len(truth)
        written = await kept.write(batch)
        assert written.stored + written.overwritten == len(batch)
        assert len(truth) == before
    assert len(await rows(kept, "select from metric_points")) == len(truth)
    for width, table in TABLES.items():
        await _compare(kept, truth, width, table, hosts)


async def _compare(
    kept: Opened,
    truth: dict[tuple[str, int], tuple[tuple[int, int, int], float]],
    width: int,
    table: str,
    hosts: tuple[str, ...],
) -> None:
    expected: dict[tuple[int, int], list[float]] = {}
    for (host, time_ms), (_, value) in sorted(truth.items()):
        key = series_number(host, "cpu_usage"), time_ms // width * width
        expected.setdefault(key, []).append(value)
    found = await rows(kept, f"select series, start_ms, count, sum, min, max, last from {table}")
    assert len(found) == len(expected)
    for series, start, count, total, least, most, last in found:
        values = expected[series, start]  # type: ignore[index]
        assert (count, least, most, last) == (len(values), min(values), max(values), values[-1])
        mean = total / count  # type: ignore[operator]
        assert mean == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-6)


async def test_the_greatest_values_sum_up(kept: Opened) -> None:
    await kept.write([point(START + n, 1e290) for n in range(1_000)])
    await kept.write([point(START + HOUR + n, 5e-324) for n in range(3)])
    assert await kept.read(START, START + HOUR, HOUR) == {START: 1e290}
    assert await kept.read(START + HOUR, START + 2 * HOUR, HOUR) == {START + HOUR: 5e-324}
    found = await kept.read(START, START + 2 * HOUR, 2 * HOUR, "max")
    assert max(found.values()) == 1e290


async def test_a_constant_series_has_a_constant_mean(kept: Opened) -> None:
    await kept.write([point(START + n * 1_000, 0.1) for n in range(7_200)])
    for step in (60_000, 300_000, HOUR, 7_000):
        assert set((await kept.read(START, START + 2 * HOUR, step)).values()) == {0.1}


async def written_and_rolled_back(kept: Opened) -> None:
    async with transaction(kept.pool) as connection:
        assert (await kept.history.write(connection, [point(START, 1.0)])).stored == 1
        raise RuntimeError


async def test_what_is_rolled_back_was_never_there(kept: Opened) -> None:
    with pytest.raises(RuntimeError):
        await written_and_rolled_back(kept)
    assert await kept.history.series() == []
    written = await kept.write([point(START, 2.0)])
    assert written.stored == 1
    assert await kept.read(START, START + 1) == {START: 2.0}
    assert len(await kept.history.series()) == 1


async def test_several_writes_in_one_transaction(kept: Opened) -> None:
    async with transaction(kept.pool) as connection:
        for n in range(3):
            written = await kept.history.write(connection, [point(START + n, 1.0)])
            assert written.stored == 1
    assert await kept.read(START, START + HOUR, HOUR, "count") == {START: 3.0}


async def test_delete_drops_the_partitions_of_the_day(kept: Opened) -> None:
    await kept.write([point(START + n * days.DAY_MS, 1.0) for n in range(4)])
    partitions = "select from pg_inherits where inhparent::regclass::text like 'metric_%'"
    tables = "select from pg_class where relkind = 'r' and relname like 'metric_%_20%'"
    assert len(await rows(kept, partitions)) >= 12
    assert len(await rows(kept, tables)) == 12
    await kept.history.delete(START + 3 * days.DAY_MS)
    assert len(await rows(kept, tables)) == 3


async def test_writers_of_the_same_new_days_and_series_do_not_collide(kept: Opened) -> None:
    async def writer(number: int) -> None:
        history = PostgresHistory(kept.pool)  # as in another process
        for turn in range(4):
            batch = [
                point(START + day * days.DAY_MS + number, 1.0, (number, turn, 0), f"host {n}")
                for n in range(40)
                for day in range(turn + 3)
            ]
            random.Random(number).shuffle(batch)
            async with transaction(kept.pool) as connection:
                await history.write(connection, batch)

    await asyncio.gather(*map(writer, range(5)))
    assert len(await kept.history.series()) == 40
    assert len(await rows(kept, "select from metric_points")) == 5 * 40 * 6


async def test_two_series_of_one_number_are_not_mixed_up(kept: Opened) -> None:
    number = series_number("web-1", "cpu_usage")
    async with transaction(kept.pool) as connection:
        await connection.execute(
            "insert into metric_series values (%s, 'other', 'name')", (number,)
        )
    written = await kept.write([point(START, 1.0), point(START, 2.0, host="web-2")])
    assert written.stored == 1
    assert [why for _, why in written.rejected] == ["its series has the same number as another one"]
    assert await kept.read(START, START + 1) == {}
    assert await kept.read(START, START + 1, names=("other", "name")) == {}


async def test_nobody_writes_while_the_record_is_held_nor_after_it_changed(kept: Opened) -> None:
    async with transaction(kept.pool) as mover:
        assert await back_end.hold(mover) == back_end.POSTGRES
        waiting = asyncio.create_task(kept.write([point(START, 1.0)]))
        await until_blocked(kept)
        await back_end.change(mover, back_end.INFLUXDB, "")
    with pytest.raises(UserError, match="the metric history is in influxdb"):
        await waiting
    assert await kept.history.series() == []


async def until_blocked(kept: Opened) -> None:
    """Returns when some statement in this database waits for a lock."""
    statement = (
        "select from pg_stat_activity where wait_event_type = 'Lock'"
        " and datname = current_database()"
    )
    while not await rows(kept, statement):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.02)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 4_102_444_799_999))
def test_every_time_is_in_its_day(time_ms: int) -> None:
    day = days.day_of(time_ms)
    assert day.start_ms <= time_ms < day.end_ms
    assert day.start_ms % days.DAY_MS == 0
    assert days.day_of(day.end_ms).start_ms == day.end_ms
    assert days.day_of(day.end_ms).points != day.points
