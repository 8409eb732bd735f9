"""Times without a zone: of the zone of their batch, else of the worker, else UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.parsing.state import PartitionState
from agents.parsing.times import Clock, TimeOrigin, parse
from schemas.logs import LogBatch

_BERLIN = ZoneInfo("Europe/Berlin")
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def read(stamp: str, arrival: str, zone: str = "Europe/Berlin") -> int | None:
    clock = Clock(ZoneInfo(zone))
    clock.arrive(ms(arrival))
    found = clock.read(stamp)
    assert found is None or found[1] is TimeOrigin.GUESSED
    return found and found[0]


@pytest.mark.parametrize(
    ("stamp", "zone", "time"),
    [
        ("2026-07-01 14:00:00", "Europe/Berlin", "2026-07-01T12:00:00Z"),
        ("2026-01-01 13:00:00,250", "Europe/Berlin", "2026-01-01T12:00:00.250Z"),
        ("Jul  1 08:00:00", "America/New_York", "2026-07-01T12:00:00Z"),
        ("Jul  1 17:30:00", "Asia/Kolkata", "2026-07-01T12:00:00Z"),
        ("01/Jul/2026:14:00:00", "Europe/Berlin", "2026-07-01T12:00:00Z"),
    ],
)
def test_a_stamp_is_of_the_wall_clock_of_its_zone(stamp: str, zone: str, time: str) -> None:
    assert read(stamp, "2026-07-01T12:00:30Z", zone) == ms(time)


def test_a_zone_in_the_line_counts_more() -> None:
    clock = Clock(_BERLIN)
    clock.arrive(ms("2026-07-01T12:00:00Z"))
    assert clock.read("2026-07-01T12:00:00Z") == (ms("2026-07-01T12:00:00Z"), TimeOrigin.PARSED)
    assert clock.read("1782907200") == (1_782_907_200_000, TimeOrigin.PARSED)


def test_the_year_is_that_of_the_zone() -> None:
    """In Tokyo the new year began nine hours ago."""
    arrival = "2025-12-31T15:00:05Z"
    assert read("Jan  1 00:00:00", arrival, "Asia/Tokyo") == ms("2025-12-31T15:00:00Z")
    assert read("Dec 31 23:59:59", arrival, "Asia/Tokyo") == ms("2025-12-31T14:59:59Z")


@pytest.mark.parametrize(
    ("stamp", "arrival", "time"),
    [
        ("00:30:00", "2026-06-30T22:30:02Z", "2026-06-30T22:30:00Z"),
        ("23:59:00", "2026-06-30T22:30:02Z", "2026-06-30T21:59:00Z"),
        ("02:10:00", "2026-06-30T00:10:02Z", "2026-06-30T00:10:00Z"),
    ],
)
def test_a_time_of_day_is_of_the_latest_day(stamp: str, arrival: str, time: str) -> None:
    assert read(stamp, arrival) == ms(time)


def test_an_hour_that_comes_twice_is_told_apart_by_the_arrival() -> None:
    """On 25 October 2026 clocks go back from 03:00 to 02:00."""
    stamp = "2026-10-25 02:30:00"
    assert read(stamp, "2026-10-25T00:30:01Z") == ms("2026-10-25T00:30:00Z")
    assert read(stamp, "2026-10-25T01:30:01Z") == ms("2026-10-25T01:30:00Z")


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(_ZONES),
)
def test_what_is_written_in_a_zone_is_read_back(time: datetime, zone: str) -> None:
    """Written as local time and read at once, it is the same moment, up to an hour told twice."""
    moment = time.replace(tzinfo=UTC, microsecond=0)
    local = moment.astimezone(ZoneInfo(zone))
    arrival_ms = round(moment.timestamp() * 1000)
    found = parse(local.strftime("%Y-%m-%d %H:%M:%S"), arrival_ms, ZoneInfo(zone))
    assert found is not None
    twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    assert found[0] == arrival_ms or twice


@given(st.text(max_size=60), st.integers(0, 4_000_000_000_000), st.sampled_from(_ZONES))
def test_any_text_is_a_time_or_none(text: str, arrival_ms: int, zone: str) -> None:
    found = parse(text, arrival_ms, ZoneInfo(zone))
    assert found is None or isinstance(found[0], int)


@pytest.mark.parametrize("stamp", ["0001-01-01 00:00:00", "9999-12-31 23:59:60"])
@pytest.mark.parametrize("zone", _ZONES)
def test_the_ends_of_the_calendar_do_not_raise(stamp: str, zone: str) -> None:
    assert parse(stamp, 0, ZoneInfo(zone)) is not None


@pytest.mark.parametrize(
    ("of_batch", "of_worker", "time"),
    [
        ("", "", "2026-07-01T12:00:00Z"),
        ("", "America/New_York", "2026-07-01T16:00:00Z"),
        ("Europe/Berlin", "America/New_York", "2026-07-01T10:00:00Z"),
        ("No/Such_Zone", "America/New_York", "2026-07-01T12:00:00Z"),
    ],
)
def test_the_batch_says_more_than_the_worker(of_batch: str, of_worker: str, time: str) -> None:
    state = PartitionState(0, -1, timezone=of_worker)
    parser = state.parser(LogBatch("s", [], timezone=of_batch))
    fields = parser.parse("2026-07-01 12:00:00 INFO started", ms("2026-07-01T17:00:00Z"))
    assert fields.time_ms == ms(time)


def test_one_source_in_two_zones_has_a_clock_for_each() -> None:
    state = PartitionState(0, -1)
    arrival, line = ms("2026-07-01T17:00:00Z"), "2026-07-01 12:00:00 INFO started"
    read = [
        state.parser(LogBatch("s", [], timezone=zone)).parse(line, arrival).time_ms
        for zone in ("Europe/Berlin", "UTC", "Europe/Berlin")
    ]
    assert read == [ms(f"2026-07-01T{hour}:00:00Z") for hour in (10, 12, 10)]
