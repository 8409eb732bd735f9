"""One step of many series: judge each new point by what was usual, then learn from it.

Four things make a point strange. Three are deviations, of which the largest counts: of the value
from its day, of the hour's level from its week, of the hour's restlessness from its week. The
fourth is new ground: how far the value lies outside all of the last two weeks. The score is the
sum of their binary logarithms, so it says by how many doublings a point is strange.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.detection.layout import (
    COUNTED,
    DAY,
    HIGHS,
    HOUR,
    LAST,
    LEARNT,
    LEAST,
    LEVEL,
    LEVEL_NOW,
    LOWS,
    PEAK,
    PREVIOUS,
    QUANTUM,
    RANGE_DAYS,
    SAMPLES,
    TODAY,
    UNREST,
    UNREST_NOW,
    VALUE,
    WEEK,
)
from agents.detection.statistics import (
    BEYOND_MEASURE,
    ROUNDING,
    Floats,
    absorb,
    counted_deviation,
    deviation,
    deviations,
    widened,
)

# Nothing is judged before a series has given this many points over this long.
SAMPLES_NEEDED: Final = 24
SECONDS_NEEDED: Final = 2 * HOUR
# A score is news only above those of late: what was said is not said again for about a day.
REFRACTORY: Final = DAY

CAUSES: Final = ("value", "level shift", "volatility")


class Judged(NamedTuple):
    """Columns of equal length, one element a point.

    `score` is 0 where a point is not judged or is no news. `off` is by how many deviations the
    value lies off its day, with its sign; `deviations` the largest of all causes; `cause` is its
    place in CAUSES; `beyond` by how many deviations the value lies outside the last two weeks.
    `mean` and `std`, `low` and `high` are what was usual, in the unit of the series.
    """

    score: Floats
    off: Floats
    deviations: Floats
    cause: npt.NDArray[np.int64]
    beyond: Floats
    mean: Floats
    std: Floats
    low: Floats
    high: Floats


def unjudged(points: int) -> Judged:
    """Zeros, to be filled where there is something to say."""
    causes = np.zeros(points, dtype=np.int64)
    zeros = [np.zeros(points) for _ in range(8)]
    return Judged(*zeros[:3], causes, *zeros[3:])


def step(state: Floats, time: Floats, value: Floats) -> Judged:
    """Judge one point a series and learn from it; `state` (WIDTH x points) is changed in place.

    Every point must be finite and newer than what its series knows.
    """
    begin(state, time, value)
    forget_days(state, time)
    judged = judge(state, time, value)
    learn(state, time, value)
    return judged


def begin(state: Floats, time: Floats, value: Floats) -> None:
    """A series without points starts at its first."""
    fresh = state[SAMPLES] == 0.0
    if not fresh.any():
        return
    for row in (PREVIOUS, VALUE, LEVEL_NOW, LEVEL):
        state[row] = np.where(fresh, value, state[row])
    state[LAST] = np.where(fresh, time, state[LAST])
    state[TODAY] = np.where(fresh, np.floor(time / DAY), state[TODAY])


def forget_days(state: Floats, time: Floats) -> None:
    """Empty the extremes of the days that have begun since the newest point."""
    today = np.floor(time / DAY)
    begun = np.minimum(today - state[TODAY], RANGE_DAYS)
    if not begun.any():
        return
    slots = np.arange(RANGE_DAYS, dtype=np.float64)[:, np.newaxis]
    old = np.mod(slots - state[TODAY] - 1.0, RANGE_DAYS) < begun
    state[HIGHS] = np.where(old, -np.inf, state[HIGHS])
    state[LOWS] = np.where(old, np.inf, state[LOWS])
    state[TODAY] = today


def judge(state: Floats, time: Floats, value: Floats) -> Judged:
    """What the points look like by what is usual; changes nothing but the peaks."""
    std = value_deviation(state, value)
    wide = widened(std, state[LEARNT])
    off = deviations(value, state[VALUE], wide)
    causes = np.stack([np.abs(off), *hourly_deviations(state, time, value)])
    largest = causes.max(axis=0)
    highest, lowest = state[HIGHS].max(axis=0), state[LOWS].min(axis=0)
    beyond = outside(value, lowest, highest, wide)
    ready = (state[SAMPLES] >= SAMPLES_NEEDED) & (state[LEARNT] >= SECONDS_NEEDED)
    strange = np.where(ready, np.log2(1.0 + largest) + np.log2(1.0 + beyond), 0.0)
    faded = state[PEAK] * (REFRACTORY / (REFRACTORY + (time - state[LAST])))
    news = strange > faded
    state[PEAK] = np.where(news, strange, faded)
    return Judged(
        score=np.where(news, strange, 0.0),
        off=np.where(ready, off, 0.0),
        deviations=np.where(ready, largest, 0.0),
        cause=causes.argmax(axis=0),
        beyond=np.where(ready, beyond, 0.0),
        mean=state[VALUE].copy(),
        std=std,
        low=np.maximum(state[VALUE] - 2.0 * std, np.where(lowest <= highest, lowest, -np.inf)),
        high=np.minimum(state[VALUE] + 2.0 * std, np.where(lowest <= highest, highest, np.inf)),
    )


def value_deviation(state: Floats, value: Floats) -> Floats:
    """The deviation that values are measured with, floors of the series included."""
    plain = deviation(state[VALUE], state[VALUE + 1], state[QUANTUM])
    floored = np.maximum(plain, state[LEAST])
    counts = counted_deviation(floored, state[VALUE], value)
    return np.where(state[COUNTED] > 0.0, counts, floored)


def hourly_deviations(state: Floats, time: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Deviations of the level, up or down, and of the unrest, upwards only, with this point."""
    level, unrest = smoothed(state, taught(state, time), value)
    found = []
    for row, now in ((LEVEL, level), (UNREST, unrest)):
        plain = deviation(state[row], state[row + 1], state[QUANTUM])
        wide = widened(np.maximum(plain, state[LEAST]), state[LEARNT])
        found.append(deviations(now, state[row], wide))
    return np.abs(found[0]), np.maximum(found[1], 0.0)


def taught(state: Floats, time: Floats) -> Floats:
    """Seconds since the series' newest point, at most an hour: a gap teaches nothing.

    So a constant of a day is 24 samples for a series that comes less than hourly.
    """
    return np.minimum(time - state[LAST], HOUR)


def smoothed(state: Floats, dt: Floats, value: Floats) -> tuple[Floats, Floats]:
    """The hour's level and its restlessness (mean size of steps), with this point in them."""
    weight = dt / (HOUR + dt)
    level = state[LEVEL_NOW] + weight * (value - state[LEVEL_NOW])
    size = np.abs(value - state[PREVIOUS])
    return level, state[UNREST_NOW] + weight * (size - state[UNREST_NOW])


def outside(value: Floats, lowest: Floats, highest: Floats, wide: Floats) -> Floats:
    """By how many deviations a value lies outside the known range; 0 where none is known."""
    known = lowest <= highest
    top, bottom = np.where(known, highest, value), np.where(known, lowest, value)
    excess = np.maximum(np.maximum(value - top, bottom - value), 0.0)
    excess = np.where(excess <= ROUNDING * np.abs(value), 0.0, excess)
    measured = excess / np.where(wide > 0.0, wide, 1.0)
    return np.where(wide > 0.0, measured, np.sign(excess) * BEYOND_MEASURE)


def learn(state: Floats, time: Floats, value: Floats) -> None:
    """Move every baseline by its point."""
    dt = taught(state, time)
    level, unrest = smoothed(state, dt, value)
    size = np.abs(value - state[PREVIOUS])
    steps = np.where(size > ROUNDING * np.abs(value), size, np.inf)
    state[QUANTUM] = np.minimum(state[QUANTUM], steps)
    settled = (state[SAMPLES] >= SAMPLES_NEEDED) & (state[LEARNT] >= SECONDS_NEEDED)
    learnt = state[LEARNT] + dt
    absorb(state, VALUE, value, dt, learnt, DAY, settled)
    absorb(state, LEVEL, level, dt, learnt, WEEK, settled)
    absorb(state, UNREST, unrest, dt, learnt, WEEK, settled)
    state[LEVEL_NOW], state[UNREST_NOW] = level, unrest
    state[SAMPLES] += 1.0
    state[LEARNT], state[LAST], state[PREVIOUS] = learnt, time, value
    slots = np.mod(state[TODAY], RANGE_DAYS).astype(np.int64)
    columns = np.arange(len(time))
    highs, lows = state[HIGHS], state[LOWS]
    highs[slots, columns] = np.maximum(highs[slots, columns], value)
    lows[slots, columns] = np.minimum(lows[slots, columns], value)
