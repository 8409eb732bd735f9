"""What rows add to the books of their sources."""

from agents.persisting.sources import line_sums
from schemas.batches import Row
from schemas.sources import SourceSum, per_second


def row(source: str, arrival: int, lines: int, **others: int) -> Row:
    place = ("logs.raw", 0, 1, 0, -1)
    made = Row(*place, arrival, source, lines, lines, lines, 0, 0, lines, False, 0, 0)
    return made._replace(**others)  # type: ignore[arg-type]


def test_sums_are_by_source_and_minute() -> None:
    rows = [row("a", 60_000, 5), row("a", 119_999, 2), row("b", 60_000, 1), row("a", 120_000, 3)]
    assert line_sums(rows) == {
        "a": SourceSum(10, 10, 0, 0, 120_000, 2, 3, 7),
        "b": SourceSum(1, 1, 0, 0, 60_000, 1, 1, 0),
    }


def test_order_does_not_matter() -> None:
    rows = [row("a", minute * 60_000, minute) for minute in (1, 5, 4, 2, 5)]
    assert line_sums(rows) == line_sums(rows[::-1])
    assert line_sums(rows)["a"] == SourceSum(17, 17, 0, 0, 300_000, 5, 10, 4)


def test_a_replay_moves_lines_and_is_no_sign_of_life() -> None:
    assert line_sums([row("a", 60_000, 0, parsed=2, dead=-2)]) == {
        "a": SourceSum(0, 2, 0, -2, None, 0, 0, 0)
    }


def test_what_expired_unread_has_no_source() -> None:
    assert line_sums([row("", 60_000, 0)._replace(expired=True)]) == {}


def test_the_rate_is_that_of_the_last_sixty_seconds() -> None:
    minute = 100
    begin = minute * 60_000
    assert per_second(minute, 0, 60, begin) == 1.0
    assert per_second(minute, 30, 60, begin + 30_000) == 1.0
    assert per_second(minute, 60, 0, begin + 60_000) == 1.0
    assert per_second(minute, 60, 99, begin + 90_000) == 0.5
    assert per_second(minute, 60, 99, begin + 120_000) == 0.0
    assert per_second(minute, 60, 99, begin + 10**9) == 0.0
    assert per_second(minute, 60, 0, begin - 5) == 1.0
