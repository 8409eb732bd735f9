"""Few verdicts out of many scores: when something begins, pages, goes on and is over."""

import numpy as np
import pytest

from agents.detection.bank import Bank
from agents.detection.verdicts import HOLD_SECONDS, UPDATE_SECONDS, Verdict
from agents.detection.watching import Episodes
from tests.agents.detection.series import DAY, HOUR, MINUTE, START, every, noise, verdicts

FAULT = START + 12 * HOUR


def faulty(seconds: float, value: float, step: float = MINUTE) -> list[Verdict]:
    """Verdicts on a series of noise with a fault of some length in its second half day."""
    times = every(step, 18 * HOUR)
    values = noise(len(times))
    values[(times >= FAULT) & (times < FAULT + seconds)] = value
    return verdicts(times, values)


def test_a_fault_begins_goes_on_pages_once_and_is_over() -> None:
    said = faulty(30 * MINUTE, 150.0)
    assert [v.version for v in said] == list(range(1, len(said) + 1))
    assert {v.onset for v in said} == {FAULT}
    assert (said[0].at, said[0].strength, said[0].active) == (FAULT, "warning", True)
    assert said[2].strength == "paging"
    assert [v.active for v in said] == [True] * (len(said) - 1) + [False]
    assert said[-1].at == FAULT + 29 * MINUTE + HOLD_SECONDS
    assert said[-1].strength == "paging"


def test_what_was_usual_is_that_of_the_onset() -> None:
    said = faulty(30 * MINUTE, 150.0)
    assert said[0].mean == pytest.approx(50, abs=1)
    assert said[0].std == pytest.approx(4, abs=0.5)
    assert said[0].low < 45 < 55 < said[0].high
    assert len({(v.mean, v.std, v.low, v.high) for v in said}) == 1


def test_a_single_spike_warns_and_does_not_page() -> None:
    said = faulty(MINUTE, 1000.0)
    assert [(v.active, v.strength) for v in said][:1] == [(True, "warning")]
    assert {v.strength for v in said} == {"warning"}
    assert not said[-1].active
    assert said[-1].at == FAULT + HOLD_SECONDS


def test_three_points_within_seconds_do_not_page() -> None:
    times = every(4.0, 2.5 * HOUR)
    values = noise(len(times))
    values[-100:-97] = 1000.0
    assert {v.strength for v in verdicts(times, values)} == {"warning"}
    values[-100:-80] = 1000.0
    assert {v.strength for v in verdicts(times, values)} == {"warning", "paging"}


def test_what_fills_slowly_gets_worse_by_what_was_usual_at_first() -> None:
    times = every(MINUTE, 14 * HOUR)
    values = noise(len(times), 60.0, 0.3)
    rising = times >= FAULT
    values[rising] = np.minimum(60 + (times[rising] - FAULT) / MINUTE, 99.0)
    said = verdicts(times, values)
    assert said[0].strength == "warning"
    assert said[-1].strength == "paging"
    assert said[-1].score > said[0].score + 2


def test_a_shift_that_stays_is_over_when_it_has_become_usual() -> None:
    times = every(5 * MINUTE, 3 * DAY)
    values = noise(len(times))
    values[times >= FAULT] += 80.0
    said = verdicts(times, values)
    assert {v.onset for v in said} == {FAULT}
    assert not said[-1].active
    assert 5 * HOUR < said[-1].at - FAULT < 24 * HOUR


def test_news_is_rare_and_gets_rarer() -> None:
    said = faulty(4 * HOUR, 200.0)
    gaps = np.diff([v.at for v in said if v.active])
    assert gaps.min() >= UPDATE_SECONDS
    assert gaps[-1] > 10 * UPDATE_SECONDS
    assert len(said) < 50


def test_a_constant_series_says_nothing() -> None:
    times = every(5 * MINUTE, DAY)
    assert verdicts(times, np.full(len(times), 3.0)) == []


def watched(until: int, times: np.ndarray, values: np.ndarray) -> tuple[Bank, Episodes, int]:
    bank, episodes = Bank(), Episodes()
    number = bank.reserve()
    for place in range(until):
        follow(bank, episodes, number, times[place], values[place])
    return bank, episodes, number


def follow(bank: Bank, episodes: Episodes, number: int, time: float, value: float) -> list[Verdict]:
    columns = np.array([number]), np.array([time]), np.array([value])
    return [verdict for _, verdict in episodes.follow(*columns, bank.update(*columns))]


def test_episodes_survive_a_checkpoint_and_a_replay_adds_nothing() -> None:
    times, values = every(5 * MINUTE, DAY), noise(288)
    values[200:210] = 120.0
    expected = verdicts(times, values)
    bank, episodes, number = watched(205, times, values)
    state, kept = bank.dump([number]), episodes.dump([number])
    other, others = Bank(), Episodes()
    other.reserve()
    [loaded] = other.load(state)
    others.load([loaded], kept)
    assert len(others) == 1
    assert follow(other, others, loaded, times[203], values[203]) == []  # it came again
    said = []
    for place in range(205, len(times)):
        said += follow(other, others, loaded, times[place], values[place])
    assert said == expected[-len(said) :]
    assert said[-1].version == len(expected)
    assert len(others) == 0


def test_a_series_that_falls_silent_ends_what_goes_on_in_it() -> None:
    times, values = every(5 * MINUTE, DAY), noise(288)
    values[200:] = 120.0
    _, episodes, number = watched(205, times, values)
    assert episodes.off_at(number) == times[204]
    verdict = episodes.fell_silent(number, times[204] + HOUR)
    assert verdict is not None
    assert (verdict.active, verdict.value) == (False, None)
    assert episodes.fell_silent(number, times[204] + HOUR) is None
    assert episodes.off_at(number) is None
