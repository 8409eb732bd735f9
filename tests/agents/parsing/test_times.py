"""Spellings of time, what is inferred from the arrival, and nonsense that must not raise."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.parsing.times import Clock, Stamp, TimeOrigin, from_number, parse


def ms(*date: int) -> int:
    year, month, day, *rest = date
    return round(datetime(year, month, day, *rest, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


def reading(stamp: Stamp, arrival_ms: int) -> tuple[int, TimeOrigin] | None:
    clock = Clock()
    clock.arrive(arrival_ms)
    return clock.read(stamp)


ARRIVAL = ms(2024, 6, 1)
NOON = ms(2024, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("stamp", "more_ms"),
    [
        ("2024-01-02T03:04:05Z", 0),
        ("2024-01-02T03:04:05.678Z", 678),
        ("2024-01-02T03:04:05,678Z", 678),
        ("2024-01-02T03:04:05.678901Z", 678),
        ("2024-01-02T03:04:05.678901234Z", 678),
        ("2024-01-02 04:04:05+01:00", 0),
        ("2024-01-02 04:04:05.5 +0100", 500),
        ("2024-01-02 04:04:05 +01", 0),
        ("2024-01-01T22:04:05-05:00", 0),
        ("2024-01-02 03:04:05 UTC", 0),
        ("2024-01-02, 03:04:05 GMT", 0),
        ("2024/01/02 03:04:05 +0000", 0),
        ("20240102T030405Z", 0),
        ("02/Jan/2024:03:04:05 +0000", 0),
        ("02/Jan/2024:08:34:05 +0530", 0),
        ("Tue, 02 Jan 2024 03:04:05 +0000", 0),
        ("1704164645", 0),
        ("1704164645.678", 678),
        ("1704164645678", 678),
        ("1704164645678901", 678),
        ("1704164645678901234", 678),
    ],
)
def test_complete_spelling(stamp: str, more_ms: int) -> None:
    assert reading(stamp, ARRIVAL) == (NOON + more_ms, TimeOrigin.PARSED)


@pytest.mark.parametrize(
    "stamp",
    [
        "2024-01-02 03:04:05",
        "2024-1-2 3:04:05",
        "2024-01-02-03.04.05.000000",
        "20240102-03:04:05",
        "24/01/02 03:04:05",
        "240102 030405",
        "Jan  2 03:04:05",
        "Jan 2 2024 03:04:05",
        "Tue Jan  2 03:04:05 2024",
        "Tue Jan  2 03:04:05.000000 2024",
        "Jan 2, 2024 3:04:05 AM",
        "02-Jan-2024 03:04:05.000",
        "02 Jan 2024 03:04:05",
        "02 Jan 03:04:05",
        "2 janv. 03:04:05",
        "01/02/2024 03:04:05 AM",
        "02.01.2024 03:04:05",
        "01-02 03:04:05.000",
        "0102 03:04:05.000000",
        "2024-01-02 04:04:05 CET",
        "2024-01-01 19:04:05 PST",
    ],
)
def test_incomplete_spelling_is_flagged(stamp: str) -> None:
    found = reading(stamp, ms(2024, 1, 20))
    assert found == (NOON, TimeOrigin.GUESSED)


@pytest.mark.parametrize(
    ("stamp", "arrival", "expected"),
    [
        ("Dec 31 23:59:59", (2024, 1, 1, 0, 0, 3), (2023, 12, 31, 23, 59, 59)),
        ("Jan  1 00:00:01", (2023, 12, 31, 23, 59, 58), (2024, 1, 1, 0, 0, 1)),
        ("Jan  3 00:00:01", (2023, 12, 31, 12), (2023, 1, 3, 0, 0, 1)),
        ("Feb 29 12:00:00", (2024, 3, 1), (2024, 2, 29, 12)),
        ("Feb 29 12:00:00", (2025, 3, 1), (2024, 2, 29, 12)),
        ("Feb 29 12:00:00", (2103, 3, 1), (2096, 2, 29, 12)),
        ("23:59:59", (2024, 1, 1, 0, 0, 3), (2023, 12, 31, 23, 59, 59)),
        ("00:30:00", (2024, 1, 1, 0, 0, 3), (2024, 1, 1, 0, 30)),
        ("13/02/2024 00:00:00", (2024, 6, 1), (2024, 2, 13)),
        ("03/02/2024 00:00:00", (2024, 2, 20), (2024, 2, 3)),
    ],
)
def test_missing_parts_come_from_the_arrival(
    stamp: str, arrival: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert reading(stamp, ms(*arrival)) == (ms(*expected), TimeOrigin.GUESSED)


@pytest.mark.parametrize(
    "stamp",
    [
        "2024-13-01 00:00:00",
        "2024-02-30 00:00:00",
        "2023-02-29T00:00:00Z",
        "0000-01-01 00:00:00",
        "2024-01-01 24:00:00",
        "2024-01-01 00:60:00",
        "Feb 30 00:00:00",
        "Foo  1 00:00:00",
        "99/99/2024 00:00:00",
        "yesterday",
        "",
        "1" * 1_000_000,
        float("nan"),
        float("inf"),
        -1,
        0,
        10**400,
    ],
)
def test_nonsense_is_no_time(stamp: Stamp) -> None:
    assert reading(stamp, ARRIVAL) is None


def test_leap_second_is_the_second_after() -> None:
    assert reading("2016-12-31T23:59:60Z", ARRIVAL) == (ms(2017, 1, 1), TimeOrigin.PARSED)


def test_hour_that_daylight_saving_skips_is_read_by_its_stated_offset() -> None:
    assert reading("2024-03-31 02:30:00 CET", ARRIVAL) == (
        ms(2024, 3, 31, 1, 30),
        TimeOrigin.GUESSED,
    )


def test_years_far_away_do_not_raise() -> None:
    assert reading("1969-12-31 23:00:00Z", ARRIVAL) == (-3_600_000, TimeOrigin.PARSED)
    assert reading("2100-01-01 00:00:00Z", ARRIVAL) == (ms(2100, 1, 1), TimeOrigin.PARSED)


def test_reading_does_not_outlive_the_arrival_it_was_inferred_from() -> None:
    clock = Clock()
    for year in (2023, 2024, 2023):
        clock.arrive(ms(year, 6, 1))
        assert clock.read("Jan  1 00:00:00") == (ms(year, 1, 1), TimeOrigin.GUESSED)


def test_cache_is_bounded() -> None:
    clock = Clock()
    clock.arrive(ARRIVAL)
    for second in range(20_000):
        time = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
        clock.read(time.strftime("%b %d %H:%M:%S"))
    assert len(clock._young) + len(clock._old) <= 8192


@given(st.text(max_size=60), st.integers(0, 4_000_000_000_000))
def test_any_text_is_a_time_or_none(text: str, arrival_ms: int) -> None:
    found = parse(text, arrival_ms)
    assert found is None or isinstance(found[0], int)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from([",", "."]),
)
def test_iso_times_come_back(time: datetime, point: str) -> None:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S") + f"{point}{time.microsecond // 1000:03}Z"
    expected = time.replace(tzinfo=UTC, microsecond=0)
    assert reading(stamp, ARRIVAL) == (
        round(expected.timestamp()) * 1000 + time.microsecond // 1000,
        TimeOrigin.PARSED,
    )


@given(st.one_of(st.floats(), st.integers()))
def test_any_number_is_a_time_or_none(number: float) -> None:
    found = from_number(number)
    assert found is None or isinstance(found[0], int)
