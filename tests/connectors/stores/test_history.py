"""The contract of metric history: what holds for InfluxDB and for Postgres alike."""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest

from schemas.history import RAW, Aggregate, Point, Series
from tests.connectors.stores.histories import (
    BACK_ENDS,
    HOUR,
    Opened,
    opened,
    point,
    settings_for,
)
from tests.stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("history")]

DAY: Final = 24 * HOUR
TODAY: Final = int(time.time() * 1000) // DAY * DAY  # within any retention
START: Final = TODAY - 3 * DAY
ODD_NAMES: Final = (
    'quo"ted', "it's", "two words", "a,b", "a=b", "disk_used_percent[/var]", "C:\\Windows",
    "\\\\server\\share", "größe·温度", "🔥", "#comment", "x" * 1024, "_time", "${v}", "' or 1=1 --",
    '"; drop table metric_points; --', '" or r.host != "', '") |> drop() //', "%s", "{points}",
    "$1", "null", "true", "-1",
)  # fmt: skip

PLAIN: Final[dict[Aggregate, Callable[[list[float]], float]]] = {
    "min": min,
    "max": max,
    "mean": lambda values: math.fsum(values) / len(values),
    "last": lambda values: values[-1],
    "count": lambda values: float(len(values)),
}


@pytest.fixture(params=BACK_ENDS)
async def kept(request: pytest.FixtureRequest, stack: RunningStack) -> AsyncIterator[Opened]:
    """An empty history of each back end."""
    async with opened(settings_for(stack, request.param)) as found:
        yield found


def summed(points: list[Point], step: int, aggregate: Aggregate) -> dict[int, float]:
    """The same as a query, computed plainly; points have distinct times."""
    groups: dict[int, list[Point]] = {}
    for one in sorted(points, key=lambda one: one.time_ms):
        groups.setdefault(one.time_ms // step * step, []).append(one)
    return {start: PLAIN[aggregate]([p.value for p in group]) for start, group in groups.items()}


async def test_points_come_back_as_they_were_written(kept: Opened) -> None:
    values = [0.0, -1.5, 1e-300, 1e290, 123456789.123456789, 5e-324, 1 / 3]
    points = [point(START + n * 1_000, value) for n, value in enumerate(values)]
    written = await kept.write(points)
    assert (written.stored, written.overwritten, written.rejected) == (len(values), 0, [])
    found = await kept.read(START, START + HOUR)
    assert found == {one.time_ms: one.value for one in points}


async def test_a_range_begins_with_its_first_moment_and_ends_before_its_last(kept: Opened) -> None:
    await kept.write([point(START + n, float(n)) for n in range(10)])
    assert list((await kept.read(START + 2, START + 5)).values()) == [2.0, 3.0, 4.0]
    assert await kept.read(START + 5, START + 5) == {}
    assert await kept.read(START + 6, START + 5) == {}
    assert await kept.read(0, 4_000_000_000_000) == {START + n: float(n) for n in range(10)}
    assert await kept.read(START, START + 9, names=("web-1", "nothing")) == {}


@pytest.mark.parametrize("aggregate", PLAIN)
async def test_every_aggregate_at_every_step(kept: Opened, aggregate: Aggregate) -> None:
    chance = random.Random(1)
    times = chance.sample(range(START, START + 2 * DAY), 3_000)
    points = [point(time_ms, chance.uniform(-1e6, 1e6)) for time_ms in times]
    await kept.write(points)
    minute = 60_000
    for step in (1, 7_001, minute, 5 * minute, 7 * minute, HOUR, 3 * HOUR, DAY, 7 * DAY):
        for first, last in ((0, 2 * DAY), (17_003, DAY + 7_777_777), (HOUR, 5 * HOUR), (5, 9_000)):
            inside = [p for p in points if START + first <= p.time_ms < START + last]
            found = await kept.read(START + first, START + last, step, aggregate)
            expected = summed(inside, step, aggregate)
            assert found.keys() == expected.keys(), (step, first, last)
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-6)


async def test_what_is_written_again_changes_nothing(kept: Opened) -> None:
    points = [point(START + n * 1_000, float(n), (0, 7, n)) for n in range(100)]
    await kept.write(points)
    again = await kept.write(points)
    assert again.stored + again.overwritten == 100
    assert again.rejected == []
    assert len(await kept.read(START, START + HOUR)) == 100
    assert (await kept.read(START, START + DAY, DAY, "count")).popitem()[1] == 100.0


async def test_in_one_write_the_last_place_wins(kept: Opened) -> None:
    places = [(0, 5, 1), (0, 5, 2), (1, 0, 0), (0, 9, 9), (1, 0, 1), (0, 0, 0)]
    for order in (places, places[::-1], sorted(places)):
        time_ms = START + random.randrange(HOUR)
        points = [point(time_ms, sum(place) + place[0] * 100, place) for place in order]
        written = await kept.write(points)
        assert written.stored + written.overwritten == len(points)
        assert written.overwritten >= len(points) - 1
        assert await kept.read(time_ms, time_ms + 1) == {time_ms: 102.0}


async def test_a_later_place_wins_over_what_is_kept(kept: Opened) -> None:
    await kept.write([point(START, 1.0, (0, 1, 0)), point(START + 1, 1.0, (0, 1, 1))])
    await kept.write([point(START, 2.0, (0, 2, 0)), point(START + 2, 3.0, (0, 2, 1))])
    assert list((await kept.read(START, START + 9)).values()) == [2.0, 1.0, 3.0]
    assert await kept.read(START, START + HOUR, HOUR, "mean") == {START: 2.0}
    assert await kept.read(START, START + HOUR, HOUR, "last") == {START: 3.0}


async def test_a_point_that_cannot_be_kept_is_rejected_alone(kept: Opened) -> None:
    bad = {
        "the value is nan": point(START, math.nan),
        "the value is -inf": point(START, -math.inf),
        "the value is beyond 1e+290": point(START, 1e300),
        "the time is outside 1970 to 2100": point(2**63, 1.0),
        "the host has no name": point(START, 1.0, host=""),
        "the metric has no name": point(START, 1.0, metric=""),
        "the name of the metric holds a control character": point(START, 1.0, metric="a\nb"),
        "the name of the host holds a control character": point(START, 1.0, host="a\0b"),
        "or half of one": point(START, 1.0, host="half \ud83d"),
        "is longer than 1,024 bytes": point(START, 1.0, host="ö" * 513),
    }
    written = await kept.write([point(START, 1.0), *bad.values(), point(START + 1, 2.0)])
    assert (written.stored, written.overwritten) == (2, 0)
    assert [rejected for rejected, _ in written.rejected] == list(bad.values())
    for reason, (_, said) in zip(bad, written.rejected, strict=True):
        assert reason in said
    assert list((await kept.read(START, START + 9)).values()) == [1.0, 2.0]


async def test_odd_names_stay_what_they_are(kept: Opened) -> None:
    names = [(host, metric) for host in ODD_NAMES for metric in ODD_NAMES]
    points = [point(START, float(n), (0, 0, n), *pair) for n, pair in enumerate(names)]
    written = await kept.write(points)
    assert (written.stored, written.rejected) == (len(points), [])
    assert [(s.host, s.metric) for s in await kept.history.series()] == sorted(names)
    for n, pair in list(enumerate(names))[:: len(names) // 60]:
        assert await kept.read(START, START + 1, names=pair) == {START: float(n)}
        assert await kept.read(START, START + 1, HOUR, "max", pair) == {START: float(n)}
    for host in ODD_NAMES:
        assert len(await kept.history.series(host)) == len(ODD_NAMES)


async def test_names_do_not_run_into_one_another(kept: Opened) -> None:
    names = [("a", "b,c"), ("a,b", "c"), ("a b", "c"), ("a", "b c"), ("ab", "c"), ("a", "bc")]
    await kept.write([point(START, float(n), (0, 0, n), *pair) for n, pair in enumerate(names)])
    for n, pair in enumerate(names):
        assert await kept.read(START, START + 1, RAW, "mean", pair) == {START: float(n)}


async def test_series_say_from_when_to_when_and_the_last_value(kept: Opened) -> None:
    assert await kept.history.series() == []
    await kept.write(
        [
            point(START + 5_000, 5.0),
            point(START + 2 * DAY, 7.0),
            point(START, 3.0),
            point(START + HOUR, 1.0, host="db-1"),
            point(START + HOUR, 2.0, host="db-1", metric="cpu_usage[1]"),
        ]
    )
    web = Series("web-1", "cpu_usage", START, START + 2 * DAY, 7.0)
    database = [
        Series("db-1", "cpu_usage", START + HOUR, START + HOUR, 1.0),
        Series("db-1", "cpu_usage[1]", START + HOUR, START + HOUR, 2.0),
    ]
    assert await kept.history.series() == [*database, web]
    assert await kept.history.series("web-1") == [web]
    assert await kept.history.series("nobody") == []


async def test_delete_forgets_whole_days(kept: Opened) -> None:
    times = [START, START + DAY - 1, START + DAY, START + 2 * DAY, START + 2 * DAY + HOUR]
    await kept.write([point(time_ms, 1.0) for time_ms in times])
    await kept.write([point(START, 1.0, host="gone")])
    assert await kept.history.delete(START + DAY - 1) == START
    assert len(await kept.read(0, TODAY)) == 5
    assert await kept.history.delete(START + 2 * DAY + HOUR) == START + 2 * DAY
    assert list(await kept.read(0, TODAY)) == times[3:]
    for step in (300_000, HOUR, DAY):
        assert sum((await kept.read(0, TODAY, step, "count")).values()) == 2.0
    assert [s.host for s in await kept.history.series()] == ["web-1"]
    await kept.write([point(START, 9.0)])
    assert await kept.read(START, START + DAY, HOUR, "max") == {START: 9.0}


async def test_a_hundred_thousand_points(kept: Opened) -> None:
    points = [
        Point(f"host-{n % 50}", f"metric-{n // 50 % 10}", START + n // 500 * 60_000, n / 7, 0, n, 0)
        for n in range(100_000)
    ]
    written = await kept.write(points)
    assert (written.stored, written.rejected) == (100_000, [])
    assert len(await kept.history.series()) == 500
    names = ("host-7", "metric-3")
    own = [p for p in points if (p.host, p.metric) == names]
    assert await kept.read(START, TODAY, names=names) == {p.time_ms: p.value for p in own}
    found = await kept.read(START, TODAY, 6 * HOUR, "mean", names)
    assert found == pytest.approx(summed(own, 6 * HOUR, "mean"))


async def test_concurrent_writers_lose_nothing(kept: Opened) -> None:
    """Each writes its own times of the same series into the same buckets."""

    async def writer(number: int) -> int:
        stored = 0
        for turn in range(10):
            times = [START + (turn * 50 + n) * 10 + number for n in range(50)]
            hosts = ["one", "two", "three"][:: 1 if number % 2 else -1]
            written = await kept.write(
                [point(t, 1.0, (number, turn, 0), host) for host in hosts for t in times]
            )
            stored += written.stored
        return stored

    assert sum(await asyncio.gather(*map(writer, range(6)))) == 6 * 10 * 50 * 3
    for host in ("one", "two", "three"):
        names = (host, "cpu_usage")
        assert len(await kept.read(START, START + HOUR, names=names)) == 3_000
        for step in (300_000, HOUR, DAY):
            found = await kept.read(START, START + DAY, step, "count", names)
            assert found == {START: 3_000.0}


async def test_everything_is_every_point_once(kept: Opened) -> None:
    chance = random.Random(2)
    points = [
        point(START + chance.randrange(2 * DAY), chance.random(), (0, n, 0), f"host {n % 3}")
        for n in range(2_000)
    ]
    await kept.write(points)
    latest = {(p.host, p.metric, p.time_ms): p.value for p in points}
    found = [p async for pack in kept.history.everything() for p in pack]
    assert len(found) == len(latest)
    assert {(p.host, p.metric, p.time_ms): p.value for p in found} == latest


async def test_forgotten_hosts_leave_nothing_and_others_stay_whole(kept: Opened) -> None:
    odd = [name for name in ODD_NAMES if not name.endswith("\\")]
    hosts = ["web-1", "web-10", *odd]
    await kept.write([point(START + n, n, (0, 0, n), host) for host in hosts for n in range(3)])
    await kept.forget(["web-1"])
    assert {one.host for one in await kept.history.series()} == {"web-10", *odd}
    assert await kept.read(START, START + 10) == {}
    assert await kept.read(START // HOUR * HOUR, START + HOUR, HOUR) == {}
    await kept.forget(odd)
    assert [one.host for one in await kept.history.series()] == ["web-10"]
    found = await kept.read(START, START + 10, names=("web-10", "cpu_usage"))
    assert found == {START: 0.0, START + 1: 1.0, START + 2: 2.0}
    await kept.forget(["nobody"])
    await kept.write([point(START, 7.0, (0, 1, 0))])  # it may be measured again
    assert await kept.read(START, START + 10) == {START: 7.0}
