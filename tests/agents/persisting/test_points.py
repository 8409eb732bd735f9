"""What became of each point is shared among the records exactly, whatever met whatever."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agents.measuring import Measured
from agents.parsing.record import Record
from agents.persisting.points import (
    PointOutcome,
    as_points,
    condemn,
    decide,
    gap,
    halves,
    measured,
    outcome,
    repeat,
    shares,
)
from schemas.batches import PointRow
from schemas.counts import Seen
from schemas.headers import Headers
from schemas.history import Point, Written
from schemas.metrics import MetricBatch, encode_metrics

ARRIVAL = 1_795_000_000_000
Stored = dict[tuple[str, str, int], Point]


def record(offset: int, found: Headers | None = None, value: bytes = b"{}") -> Record:
    return Record("metrics.raw", 0, offset, ARRIVAL, None, value, found or [])


def made(source: str, offset: int, times: list[int], replay: bool = False) -> PointOutcome:
    columns = (["h"] * len(times), ["m"] * len(times), times, [1.0] * len(times))
    found: Headers = [("replay", b"id")] if replay else []
    measured = Measured(source, *columns, range(len(times)))
    return outcome(record(offset, found), 1, offset - 1, measured)


def write(stored: Stored, points: list[Point]) -> Written:
    """A history in a dictionary; times of 9 are refused."""
    rejected = [(point, "nine") for point in points if point.time_ms == 9]
    kept = [point for point in points if point.time_ms != 9]
    before = len(stored)
    for point in kept:
        key = (point.host, point.metric, point.time_ms)
        if key not in stored or stored[key].place < point.place:
            stored[key] = point
    new = len(stored) - before
    return Written(new, len(kept) - new, rejected)


def even(row: PointRow) -> bool:
    return row.points == row.stored + row.deduplicated + row.dead


def written(stored: Stored, outcomes: list[PointOutcome]) -> list[PointRow]:
    """As the stage does: halves until it can be told whose points met others."""
    points = as_points(outcomes)
    tried = dict(stored)
    rows = shares(outcomes, points, write(tried, points))
    if rows is None:
        low, high = halves(outcomes)
        assert low
        assert high
        return written(stored, low) + written(stored, high)
    stored.update(tried)
    return rows


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.lists(st.integers(1, 12), max_size=6)), max_size=8
    ),
    st.sets(st.integers(1, 12)),
)
def test_shares_add_up(shape: list[tuple[str, list[int]]], known: set[int]) -> None:
    stored: Stored = {("h", "m", t): Point("h", "m", t, 0.0, 0, -1, 0) for t in known - {9}}
    outcomes = [made(source, offset, times) for offset, (source, times) in enumerate(shape)]
    before = len(stored)
    rows = written(stored, outcomes)
    assert sorted(row.offset for row in rows) == list(range(len(outcomes)))
    assert all(even(row) and row.stored >= 0 and row.deduplicated >= 0 for row in rows)
    assert sum(row.stored for row in rows) == len(stored) - before
    assert sum(row.dead for row in rows) == sum(times.count(9) for _, times in shape)


def test_one_source_that_repeats_itself_is_told_from_the_others() -> None:
    stored: Stored = {}
    written(stored, [made("a", 0, [1, 2])])
    rows = written(stored, [made("a", 1, [1, 2]), made("b", 2, [3]), made("c", 3, [4, 4])])
    found = {row.source: (row.stored, row.deduplicated) for row in rows}
    assert found == {"a": (0, 2), "b": (1, 0), "c": (1, 1)}


def test_a_replay_accepts_nothing_and_moves_its_points() -> None:
    [row] = written({}, [made("a", 0, [1, 2, 9], replay=True)])
    assert (row.points, row.stored, row.deduplicated, row.dead) == (0, 2, 0, -2)
    assert even(repeat(made("a", 0, [1, 2], replay=True).row))


def test_repeats_gaps_and_the_condemned_are_even() -> None:
    ours: Headers = [("schema", b"MetricBatch/1"), ("points", b"7"), ("range", b"r")]
    once = condemn(record(5, ours), 1, 4)
    assert (once.row.points, once.row.dead, once.row.stated_points) == (7, 7, 7)
    assert once.range == "points:r"
    missing = gap(record(9, ours), 1, 4, 8)
    assert (missing.row.offset, missing.row.prev_offset, missing.row.expired) == (8, 4, True)
    assert missing.range is None
    assert all(map(even, (once.row, missing.row, repeat(once.row))))


def test_a_record_is_decided_with_what_its_edge_said() -> None:
    batch = MetricBatch("edge", ["h"], ["x"], [0], [1.0])
    ours: Headers = [("schema", b"MetricBatch/1"), ("points", b"2")]
    found = decide(record(3, ours, encode_metrics(batch)), 1, 2, 1_000)
    row = found.row
    assert (row.source, row.points, row.stated_points, row.stored) == ("edge", 1, 2, 1)
    assert as_points([found]) == [Point("h", "x", ARRIVAL, 1.0, 0, 3, 0)]


def test_what_the_history_got_says_who_was_seen_and_what_was_last() -> None:
    first, second = made("a", 1, [3, 9, 5]), made("a", 2, [5, 4])
    second = second._replace(measured=replace(second.measured, value=[7.0, 8.0]))
    rejected = [(point, "nine") for point in as_points([first]) if point.time_ms == 9]
    hosts, newest = measured([first, second], rejected)
    assert hosts == {("a", "h"): Seen(ARRIVAL, live=True)}
    assert newest == {("h", "m"): (5, 7.0)}  # of one time the later; what is refused is not there


def test_a_host_of_imported_points_is_as_old_as_they_are() -> None:
    past = made("a", 1, [3, 5])
    past = past._replace(measured=replace(past.measured, imported=True))
    assert measured([past], [])[0] == {("a", "h"): Seen(5, live=False)}
    both = measured([past, made("a", 2, [4])], [])[0]
    assert both == measured([made("a", 2, [4]), past], [])[0]
    assert both == {("a", "h"): Seen(ARRIVAL, live=True)}
