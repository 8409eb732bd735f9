"""What is past and what is present: no line may come when its minute is over and judged."""

from itertools import pairwise

import pytest

from connectors.sources.shop.slices import PAST_SECONDS, Slice, beginning, past

NOON = 1_772_366_400
GRACE = 15  # seconds after its end at which rates judge a minute


def test_the_past_ends_with_the_last_whole_minute() -> None:
    start = beginning("", NOON + 37)
    parts = past(start, NOON + 37)
    assert (parts[0].start, parts[-1].stop) == (NOON - PAST_SECONDS, NOON)
    assert all(part.past for part in parts)
    assert all(a.stop == b.start for a, b in pairwise(parts))


@pytest.mark.parametrize("took", [0, 20, 45, 60, 61, 75, 100, 200])
def test_what_is_present_after_a_slow_past_comes_before_its_minute_is_judged(took: int) -> None:
    """`took` seconds went by while the past was published that ended at noon."""
    now, start = NOON + took, NOON
    for part in past(start, now):
        start = part.stop
    first_minute_over = start // 60 * 60 + 60
    assert now <= first_minute_over + GRACE
    assert now - start <= 60


def test_a_slice_is_read_back_as_it_was_written() -> None:
    for part in (Slice(10, 70, True), Slice(70, 71, False)):
        assert Slice.read(str(part.start), part.text) == part
