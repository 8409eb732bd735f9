"""What one detector says of series whose truth is known."""

import math

import numpy as np
import pytest

from agents.detection.cascade import PAGING, WARNING, new_detector
from agents.detection.judging import SAMPLES_NEEDED, SECONDS_NEEDED
from agents.detection.layout import COUNTS, PERCENT
from tests.agents.detection.series import DAY, HOUR, MINUTE, START, every, noise, scores


@pytest.mark.parametrize("constant", [0.0, 42.0, -0.1, 1e12])
def test_a_constant_series_never_scores(constant: float) -> None:
    times = every(5 * MINUTE, 5 * DAY)
    assert not scores(times, np.full(len(times), constant)).any()


@pytest.mark.parametrize(("constant", "jump"), [(0.0, 0.001), (42.0, 60.0), (42.0, 10.0)])
def test_a_constant_series_that_jumps_does(constant: float, jump: float) -> None:
    times = every(5 * MINUTE, DAY)
    values = np.full(len(times), constant)
    values[-1] = jump
    assert scores(times, values)[-1] > WARNING


def test_rounding_is_no_jump() -> None:
    times = every(MINUTE, 6 * HOUR)
    values = np.where(np.arange(len(times)) % 7, 0.3, 0.1 + 0.2)
    assert not scores(times, values).any()


def test_a_small_step_on_a_flat_series_is_no_event() -> None:
    times = every(5 * MINUTE, DAY)
    values = np.where(times < START + 12 * HOUR, 40.0, 40.4)
    assert scores(times, values).max() < WARNING


def test_a_slow_daily_season_is_usual_from_its_first_day_on() -> None:
    times = every(5 * MINUTE, 4 * DAY)
    season = 50 + 20 * np.sin(2 * np.pi * times / DAY)
    assert scores(times, season + noise(len(times), 0.0, 2.0)).max() < WARNING


def test_a_spike_scores_at_once_and_its_neighbours_do_not() -> None:
    times = every(5 * MINUTE, 2 * DAY)
    values = noise(len(times))
    values[-50] = 200.0
    found = scores(times, values)
    assert found[-50] > PAGING
    assert np.flatnonzero(found >= WARNING).tolist() == [len(times) - 50]


def test_a_fall_is_as_strange_as_a_rise() -> None:
    times = every(5 * MINUTE, DAY)
    values = noise(len(times), 0.0)
    values[-1] = 80.0
    assert scores(times, values)[-1] == pytest.approx(scores(times, -values)[-1])


def test_a_level_shift_is_news_once_and_then_the_usual() -> None:
    times = every(5 * MINUTE, 6 * DAY)
    values = noise(len(times))
    shifted = times >= START + 3 * DAY
    values[shifted] += 60.0
    found = scores(times, values)
    news = np.flatnonzero(found >= WARNING)
    assert news[0] == np.flatnonzero(shifted)[0]
    assert len(news) <= 2
    assert news[-1] - news[0] <= 12  # all within the first hour


def test_growing_unrest_is_found_though_no_value_is_unheard_of() -> None:
    times = every(5 * MINUTE, 4 * DAY)
    calm = 50 + 20 * np.sin(2 * np.pi * times / DAY)
    shaking = np.where(np.arange(len(times)) % 2, 15.0, -15.0)
    values = calm + np.where(times > START + 3.9 * DAY, shaking, noise(len(times), 0.0, 0.2))
    found = scores(times, np.clip(values, 30, 70))
    assert found[times <= START + 3.9 * DAY].max() < WARNING < found.max()


def test_what_was_said_is_not_said_again_for_a_day() -> None:
    times = every(5 * MINUTE, 6 * DAY)
    values = noise(len(times))
    first = int(3 * DAY / 300)
    values[[first, first + 12, first + 288]] = 150.0, 140.0, 240.0
    found = scores(times, values)
    assert found[first] > WARNING
    assert found[first + 12] == 0.0
    assert found[first + 288] > WARNING


def test_noise_with_wild_points_every_day_is_soon_no_news() -> None:
    times = every(10 * MINUTE, 14 * DAY)
    values = np.random.default_rng(3).lognormal(0.0, 1.2, len(times))
    news = scores(times, values) >= WARNING
    days = ((times - START) // DAY).astype(int)
    assert news[days >= 7].sum() <= 7
    values[-1] = 1e6
    assert scores(times, values)[-1] > PAGING


def test_time_backwards_or_standing_still_changes_nothing() -> None:
    times, values = every(5 * MINUTE, DAY), noise(288)
    straight, disturbed = new_detector(), new_detector()
    for place, (time, value) in enumerate(zip(times, values, strict=True)):
        assert disturbed.update(time, value) == straight.update(time, value)
        if place % 100 == 50:
            assert disturbed.update(time, 1e6) == 0.0
            assert disturbed.update(time - HOUR, -1e6) == 0.0
    assert straight.update(times[-1] + 60, 90.0) == disturbed.update(times[-1] + 60, 90.0) > WARNING


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e200])
def test_what_is_no_usable_number_changes_nothing(bad: float) -> None:
    detector, other = new_detector(), new_detector()
    for time, value in zip(every(5 * MINUTE, DAY), noise(288), strict=True):
        assert detector.update(time, value) == other.update(time, value)
        assert detector.update(time + 1, bad) == 0.0
        assert detector.update(bad, value) == 0.0
        assert detector.learning == other.learning


def test_a_gap_teaches_nothing_and_is_no_anomaly() -> None:
    before = every(5 * MINUTE, 2 * DAY)
    after = every(5 * MINUTE, DAY, start=before[-1] + 30 * DAY)
    times = np.concatenate([before, after])
    values = noise(len(times))
    found = scores(times, values)
    assert found[len(before) :].max() < WARNING
    values[len(before) + 5] = 150.0
    assert scores(times, values)[len(before) + 5] > WARNING


def test_irregular_points_are_judged_as_regular_ones_are() -> None:
    rng = np.random.default_rng(5)
    times = START + np.cumsum(rng.exponential(300.0, 3 * 288))
    values = noise(len(times))
    assert scores(times, values).max() < WARNING + 1
    values[-10] = 150.0
    assert scores(times, values)[-10] > WARNING


@pytest.mark.parametrize("step", [5.0, 60.0, 300.0, 3600.0, DAY])
def test_every_rate_of_points_is_learnt(step: float) -> None:
    times = every(step, max(400 * step, 3 * HOUR))
    values = noise(len(times))
    values[-1] = 150.0
    found = scores(times, values)
    assert found[:-1].max() < WARNING + 1.5
    assert found[-1] > WARNING


@pytest.mark.parametrize("factor", [1000.0, 1e-6, 1e9])
def test_the_unit_does_not_matter(factor: float) -> None:
    times = every(5 * MINUTE, 3 * DAY)
    values = np.round(noise(len(times)), 2)
    values[[300, 500]] = 150.0, 0.0
    assert scores(times, values * factor) == pytest.approx(scores(times, values), abs=1e-6)


def test_nothing_is_said_while_learning() -> None:
    detector = new_detector()
    assert str(detector.learning) == f"learning: 0 of {SAMPLES_NEEDED} samples"
    for place in range(SAMPLES_NEEDED):
        assert not detector.learning.done
        assert detector.update(START + place, 1e6 * (place % 3)) == 0.0
    assert str(detector.learning) == f"learning: 0 of {SECONDS_NEEDED / 60:.0f} minutes"
    detector.update(START + SECONDS_NEEDED + 60, 0.0)
    assert not detector.learning.done  # a gap of two hours taught one
    detector.update(START + 2 * SECONDS_NEEDED, 0.0)
    assert detector.learning.done
    assert str(detector.learning) == "learnt"


def test_a_few_lines_out_of_nothing_are_no_burst_but_many_are() -> None:
    times = every(5 * MINUTE, 2 * DAY)
    values = np.zeros(len(times))
    values[[50, 200, 400]] = 1.0, 2.0, 4.0
    assert scores(times, values, COUNTS).max() < WARNING
    values[-1] = 60.0
    assert scores(times, values, COUNTS)[-1] > WARNING


def test_lines_that_stop_are_found() -> None:
    times = every(5 * MINUTE, 2 * DAY)
    values = np.random.default_rng(2).poisson(120, len(times)).astype(float)
    values[-1] = 0.0
    found = scores(times, values, COUNTS)
    assert found[:-1].max() < WARNING + 1 < found[-1]


def test_an_idle_percentage_that_wakes_up_is_no_event() -> None:
    times = every(5 * MINUTE, DAY)
    values = np.full(len(times), 0.2)
    values[-1] = 2.0
    assert scores(times, values)[-1] > WARNING
    assert scores(times, values, PERCENT)[-1] < WARNING
