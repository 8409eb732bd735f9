"""A bank of many series is many banks of one, whatever the batches; and its state can be moved."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.detection.bank import Bank, Rows, rounds
from agents.detection.judging import Judged
from agents.detection.layout import COUNTS, PERCENT, PLAIN, WIDTH, Floor
from agents.detection.statistics import Floats, in_deviations
from tests.agents.detection.series import MINUTE, START, scores

SERIES = 7
POINTS = 300
FLOORS: list[Floor] = [PLAIN, PERCENT, COUNTS]


def fleet(seed: int = 4) -> tuple[Floats, Floats]:
    """Times and values of different kinds of series, a row a point in time."""
    rng = np.random.default_rng(seed)
    times = START + np.cumsum(rng.exponential(5 * MINUTE, (POINTS, SERIES)), axis=0)
    values = np.stack(
        [
            rng.normal(50, 4, POINTS),
            rng.lognormal(0, 1, POINTS),
            rng.poisson(0.1, POINTS).astype(float),
            np.full(POINTS, 7.0),
            50 + np.cumsum(rng.normal(0, 1, POINTS)),
            np.where(np.arange(POINTS) < 200, 0.0, 5.0),
            1e9 * rng.random(POINTS),
        ],
        axis=1,
    )
    return times, values


def filled(bank: Bank) -> Rows:
    """Numbers of as many new series as the fleet has."""
    return np.array([bank.reserve(FLOORS[place % 3]) for place in range(SERIES)])


def run(bank: Bank, series: Rows, times: Floats, values: Floats) -> Floats:
    """The scores of all points, one call a point in time."""
    rows = zip(times, values, strict=True)
    return np.array([bank.update(series, time, value).score for time, value in rows])


def test_a_bank_scores_as_single_detectors_do() -> None:
    bank = Bank()
    times, values = fleet()
    found = run(bank, filled(bank), times, values)
    assert (found > 0).any()
    for place in range(SERIES):
        single = scores(times[:, place], values[:, place], FLOORS[place % 3])
        assert np.array_equal(found[:, place], single)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32))
def test_batches_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times, values = fleet()
    whole, parts = Bank(), Bank()
    every, some = filled(whole), filled(parts)
    run(whole, every, times, values)
    done = np.zeros(SERIES, dtype=np.int64)
    while (done < POINTS).any():
        ready = np.flatnonzero(done < POINTS)
        chosen = rng.permutation(ready)[: rng.integers(1, SERIES + 1)]
        at = done[chosen]
        parts.update(some[chosen], times[at, chosen], values[at, chosen])
        done[chosen] += 1
    assert parts.dump(some.tolist()) == whole.dump(every.tolist())


def test_a_dump_goes_on_as_if_nothing_had_been() -> None:
    times, values = fleet()
    undisturbed, before, after = Bank(), Bank(), Bank()
    expected = run(undisturbed, filled(undisturbed), times, values)
    series = filled(before)
    run(before, series, times[:150], values[:150])
    filled(after)  # others live there already
    loaded = np.array(after.load(before.dump(series.tolist())))
    assert set(loaded.tolist()).isdisjoint(range(SERIES))
    found = run(after, loaded, times[150:], values[150:])
    assert np.array_equal(found, expected[150:])
    assert after.dump(loaded.tolist()) == undisturbed.dump(list(range(SERIES)))


def test_replayed_points_change_nothing() -> None:
    times, values = fleet()
    bank = Bank()
    series = filled(bank)
    run(bank, series, times, values)
    before = bank.dump(series.tolist())
    judged = bank.update(series, times[-3], values[-3])
    assert not judged.taken.any()
    assert not judged.score.any()
    assert bank.dump(series.tolist()) == before


def test_points_that_cannot_be_used_do_not_touch_their_neighbours() -> None:
    times, values = fleet()
    bank, other = Bank(), Bank()
    series, same = filled(bank), filled(other)
    run(bank, series, times, values)
    run(other, same, times, values)
    wrong = np.full(SERIES, 3.0)
    wrong[2], wrong[4] = np.nan, np.inf
    judged = bank.update(series, times[-1] + 60, wrong)
    assert judged.taken.tolist() == [True, True, False, True, False, True, True]
    good = np.array([0, 1, 3, 5, 6])
    expected = other.update(same[good], times[-1][good] + 60, wrong[good])
    for name in Judged._fields:
        assert np.array_equal(getattr(judged, name)[good], getattr(expected, name))


def test_a_state_is_small_and_strangers_are_refused() -> None:
    bank = Bank()
    state = bank.dump([bank.reserve() for _ in range(100)])
    assert WIDTH * 8 <= 2048
    assert len(state) <= 100 * 2048
    for wrong in (b"", state[:-1], state + b"x", b"\xff" + state[1:]):
        with pytest.raises(ValueError, match="state of a bank"):
            Bank().load(wrong)


def test_a_released_number_is_given_to_a_series_that_knows_nothing() -> None:
    bank = Bank()
    times, values = fleet()
    series = filled(bank)
    run(bank, series, times, values)
    bank.release(3)
    assert len(bank) == SERIES - 1
    assert bank.reserve() == 3
    assert bank.learning(3).samples == 0
    assert bank.last(np.array([3]))[0] == -np.inf


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e9, allow_nan=False),
            st.one_of(st.floats(), st.sampled_from([0.0, 1e150, -1e150, 5e-324])),
        ),
        max_size=60,
    )
)
@settings(max_examples=50, deadline=None)
def test_no_numbers_break_a_series(points: list[tuple[float, float]]) -> None:
    bank = Bank()
    series = np.array([bank.reserve(COUNTS)])
    for time, value in points:
        judged = bank.update(series, np.array([time]), np.array([value]))
        assert np.isfinite(judged.score).all()
        assert judged.score[0] >= 0.0
    assert np.isfinite(bank.learning(0).seconds)


def test_the_largest_distance_in_the_smallest_deviations_is_a_number() -> None:
    wide = np.array([5e-324, 1e-200, 1e-150, 1e-149])
    assert np.isfinite(in_deviations(np.full(4, -2e150), wide)).all()


@given(st.lists(st.integers(0, 5), max_size=30))
def test_rounds_name_no_series_twice_and_keep_its_order(batch: list[int]) -> None:
    series = np.array(batch, dtype=np.int64)
    turns = [places.tolist() for places in rounds(series)]
    assert sorted(place for turn in turns for place in turn) == list(range(len(batch)))
    for turn in turns:
        assert len({batch[place] for place in turn}) == len(turn) > 0
    for number in set(batch):
        places = [place for turn in turns for place in turn if batch[place] == number]
        assert places == sorted(places)
