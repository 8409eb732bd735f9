"""The pure picture: rates, what is new, verdicts in words."""

from datetime import UTC, datetime

import pytest

from connectors.live import Picture, WayIn, age, total, verdict
from connectors.patterns import PatternView
from connectors.stores.patterns import Counted
from schemas.ledger import Fault, Ledger, MetricLine, SourceLine, StageLine

WHEN = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def counted(source: str, uid: str, lines: int) -> Counted:
    return Counted(uid, uid, uid, lines, lines, 0, 0, source, "logs.raw", 0, 1, 0, 0)


def pattern(*uids: str, count: int = 1, first_seen: datetime = WHEN) -> PatternView:
    return PatternView(
        uid=min(uids),
        template=f"template of {min(uids)}",
        count=count,
        events=count,
        first_seen=first_seen,
        last_seen=WHEN,
        sources=["s"],
        services=[],
        uids=sorted(uids),
        sample="",
    )


def newest(picture: Picture) -> list[tuple[str, float | None]]:
    return [(view.uid, found) for view, found in picture.newest(10)]


def test_a_rate_is_the_mean_of_some_seconds() -> None:
    picture = Picture()
    for second, lines in enumerate((0, 10, 20, 30, 40, 50, 80, 110)):
        picture.take_patterns([], [counted("a", "x", lines), counted("a", "y", 5)], float(second))
    assert picture.ways_in() == [WayIn("a", 115, (110 - 20) / 5)]
    assert picture.rate == 18


def test_lines_that_were_there_before_are_no_rate() -> None:
    picture = Picture()
    picture.take_patterns([], [counted("a", "x", 1_000)], 0.0)
    assert picture.ways_in() == [WayIn("a", 1_000, 0.0)]


def test_a_source_that_appears_counts_from_nothing_and_the_busiest_is_first() -> None:
    picture = Picture()
    picture.take_patterns([], [counted("old", "x", 1_000)], 0.0)
    picture.take_patterns([], [counted("old", "x", 1_000), counted("new", "x", 10)], 2.0)
    assert picture.ways_in() == [WayIn("new", 10, 5.0), WayIn("old", 1_000, 0.0)]


def test_what_was_found_last_is_the_newest() -> None:
    picture = Picture()
    later = WHEN.replace(year=2025)
    picture.take_patterns([pattern("a"), pattern("b", first_seen=later)], [], 1.0)
    picture.take_patterns([pattern("a"), pattern("b", first_seen=later), pattern("c")], [], 2.0)
    assert newest(picture) == [("c", 2.0), ("b", None), ("a", None)]


def test_patterns_that_become_one_are_not_new() -> None:
    picture = Picture()
    picture.take_patterns([pattern("m")], [], 1.0)
    picture.take_patterns([pattern("m"), pattern("z")], [], 2.0)
    picture.take_patterns([pattern("a", "m", "z")], [], 3.0)
    assert newest(picture) == [("a", None)]


def test_all_sources_are_added_up() -> None:
    one = SourceLine(
        source="a", accepted=10, parsed=6, deduplicated=1, dead_lettered=1, in_flight=2
    )
    ledger = Ledger(balanced=True, sources=[one, one], stages=[], faults=[])
    expected = (20, 12, 2, 2, 4)
    sums = total(ledger)
    assert expected == (
        *(sums.accepted, sums.parsed, sums.deduplicated, sums.dead_lettered, sums.in_flight),
    )


def stage(in_flight: int) -> StageLine:
    return StageLine(
        topic="t", partition=0, epoch=1, log_start=0, log_end=9, applied=8,
        records_in_flight=in_flight,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("in_flight", "words"),
    [(0, "nothing in flight"), (1, "1 record in flight"), (1_200, "1,200 records in flight")],
)
def test_balanced_books_say_what_is_in_flight(in_flight: int, words: str) -> None:
    ledger = Ledger(balanced=True, sources=[], stages=[stage(in_flight)], faults=[])
    assert verdict(ledger) == f"balanced, {words}"


def test_unbalanced_books_name_the_first_reason() -> None:
    faults = [Fault(kind="counts", detail="3 lines", source="a"), Fault(kind="lost", detail="x")]
    ledger = Ledger(balanced=False, sources=[], stages=[], faults=faults)
    assert verdict(ledger) == "NOT balanced: counts: a: 3 lines (and 1 more)"


@pytest.mark.parametrize("balanced", [True, False])
def test_sound_needs_patterns_books_and_no_fault(balanced: bool) -> None:
    picture = Picture()
    assert not picture.sound
    picture.ledger = Ledger(balanced=balanced, sources=[], stages=[], faults=[])
    assert not picture.sound
    picture.take_patterns([pattern("a")], [], 0.0)
    assert picture.sound is balanced
    picture.fault = "postgres is unavailable"
    assert not picture.sound


def test_ages_are_short() -> None:
    assert [age(s) for s in (0, 59.4, 60, 7_300, 200_000)] == [
        *("0 s ago", "59 s ago", "1 min ago", "2 h ago", "2 d ago"),
    ]


def test_points_come_in_bursts_and_are_counted_over_half_a_minute() -> None:
    picture = Picture()
    for second in range(0, 70, 2):
        points = MetricLine(source="m", accepted=1_000 + 120 * (second // 10))
        picture.take_ledger(
            Ledger(balanced=True, sources=[], stages=[], faults=[], metrics=[points]), second
        )
    assert picture.points_rate == 12.0
    assert Picture().points_rate == 0.0
