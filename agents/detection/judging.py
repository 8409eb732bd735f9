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
    LEVEL_NOW,
    LOWS,
    MEANS,
    PEAK,
    PEAKS,
    PREVIOUS,
    QUANTUM,
    RANGE_DAYS,
    SAMPLES,
    SLOT,
    TODAY,
    TYPICAL,
    UNREST_NOW,
    VARIANCES,
    WEEK,
)
from agents.detection.statistics import (
    ROUNDING,
    Floats,
    absorb,
    counted_deviation,
    deviation,
    deviations,
    in_deviations,
    medians,
    resolution,
    widened,
)

Slots = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

# Nothing is judged before a series has given this many points over this long.
SAMPLES_NEEDED: Final = 24
SECONDS_NEEDED: Final = 2 * HOUR
# A score is news only above those of late: what was said is not said again for about a day.
REFRACTORY: Final = DAY

# A point moves a baseline as if it were at most this many deviations away. Lower, and the
# deviation adapts too slowly to a series that changes its ways; without, one wild point blinds.
WINSORISED_AT: Final = 10.0
# What can deviate, in the order of the rows in MEANS and VARIANCES, and over which time.
CAUSES: Final = ("value", "level shift", "volatility")
CONSTANTS: Final = np.array([[DAY], [WEEK], [WEEK]])


class Judged(NamedTuple):
    """Columns of equal length, one element a point.

    `taken` is False where a point changed nothing: late, repeated, or no usable number; all else
    is 0 there. `score` is 0 where a point is no news, or its series still learns. `off` is by how
    many deviations the value lies off its day, with its sign; `deviations` the largest of all
    causes; `cause` its place in CAUSES; `beyond` by how many deviations the value lies outside
    the last two weeks, which `lowest` and `highest` bound. `mean`, `std`, `low` and `high` are
    what was usual of late; `wide` is the deviation that was measured by, larger than `std` where
    a series is young.
    """

    taken: npt.NDArray[np.bool_]
    score: Floats
    off: Floats
    deviations: Floats
    cause: npt.NDArray[np.int64]
    beyond: Floats
    mean: Floats
    std: Floats
    wide: Floats
    low: Floats
    high: Floats
    lowest: Floats
    highest: Floats


def unjudged(points: int) -> Judged:
    """Zeros, to be filled where there is something to say."""
    taken, causes = np.zeros(points, dtype=np.bool_), np.zeros(points, dtype=np.int64)
    score, off, largest, beyond, *usual = np.zeros((11, points))
    return Judged(taken, score, off, largest, causes, beyond, *usual)


def step(state: Floats, time: Floats, value: Floats) -> Judged:
    """Judge one point a series and learn from it; `state` (WIDTH x points) is changed in place.

    Every point must be finite and newer than what its series knows.
    """
    begin(state, time, value)
    dt = time - state[LAST]
    # A gap teaches nothing: a point counts for an hour at most. So a day is 24 samples for a
    # series that comes less than hourly.
    taught = np.minimum(dt, HOUR)
    slots = turn_days(state, time)
    now = smoothed(state, taught, value)
    std = deviation(state[MEANS], state[VARIANCES], state[QUANTUM])
    judged = judge(state, now, std, dt, slots)
    learn(state, now, std, taught, slots)
    state[LAST] = time
    return judged


def begin(state: Floats, time: Floats, value: Floats) -> None:
    """A series without points starts at its first."""
    fresh = state[SAMPLES] == 0.0
    if not fresh.any():
        return
    for row in (PREVIOUS, LEVEL_NOW, MEANS.start, MEANS.start + 1):
        state[row] = np.where(fresh, value, state[row])
    state[LAST] = np.where(fresh, time, state[LAST])
    state[TODAY] = np.where(fresh, np.floor(time / DAY), state[TODAY])


def turn_days(state: Floats, time: Floats) -> Slots:
    """Where each series' day is in its rings: rows and columns.

    Where a day begins with this point, the typical day is found anew, and the oldest day makes
    room. Days without points take no room: a gap does not make a series forget.
    """
    day = np.floor(time / DAY)
    begins = np.flatnonzero(day > state[TODAY])
    if len(begins):
        state[TODAY, begins] = day[begins]
        state[TYPICAL, begins] = medians(state[PEAKS][:, begins])
        state[SLOT, begins] = np.mod(state[SLOT, begins] + 1.0, RANGE_DAYS)
        slots = state[SLOT, begins].astype(np.int64)
        for ring, nothing in ((HIGHS, -np.inf), (LOWS, np.inf), (PEAKS, np.inf)):
            state[ring][slots, begins] = nothing
    return state[SLOT].astype(np.int64), np.arange(len(day))


def smoothed(state: Floats, taught: Floats, value: Floats) -> Floats:
    """Three rows: the value; the hour's level and its unrest (mean size of steps) with it."""
    weight = taught / (HOUR + taught)
    level = state[LEVEL_NOW] + weight * (value - state[LEVEL_NOW])
    size = step_sizes(state, value)
    return np.stack([value, level, state[UNREST_NOW] + weight * (size - state[UNREST_NOW])])


def step_sizes(state: Floats, value: Floats) -> Floats:
    """How far each value is from the one before; what is only rounding is no step."""
    size = np.abs(value - state[PREVIOUS])
    return np.where(size > ROUNDING * np.abs(value), size, 0.0)


def ready(state: Floats) -> npt.NDArray[np.bool_]:
    """Which series have learnt enough to be judged."""
    many, long = state[SAMPLES] >= SAMPLES_NEEDED, state[LEARNT] >= SECONDS_NEEDED
    enough: npt.NDArray[np.bool_] = many & long
    return enough


def judge(state: Floats, now: Floats, std: Floats, dt: Floats, slots: Slots) -> Judged:
    """What the points look like by what is usual; changes nothing but the peaks."""
    value, mean = now[0], state[MEANS.start]
    floored = np.maximum(std, state[LEAST])
    floored[0] = np.where(
        state[COUNTED] > 0.0, counted_deviation(floored[0], mean, value), floored[0]
    )
    wide = widened(floored, state[LEARNT])
    off = deviations(now, state[MEANS], wide)
    causes = np.abs(off)
    causes[2] = np.maximum(off[2], 0.0)  # a series that calms down is no news
    largest = causes.max(axis=0)
    lowest, highest = extremes(state)
    beyond = outside(value, lowest, highest, wide[0])
    judged = ready(state)
    strange = np.where(judged, np.log2(1.0 + largest) + np.log2(1.0 + beyond), 0.0)
    return Judged(
        taken=np.ones(len(value), dtype=np.bool_),
        score=news(state, strange, dt, slots),
        off=np.where(judged, off[0], 0.0),
        deviations=np.where(judged, largest, 0.0),
        cause=causes.argmax(axis=0),
        beyond=np.where(judged, beyond, 0.0),
        mean=mean.copy(),
        std=floored[0],
        wide=wide[0],
        low=np.maximum(mean - 2.0 * floored[0], lowest),
        high=np.minimum(mean + 2.0 * floored[0], highest),
        lowest=lowest,
        highest=highest,
    )


def extremes(state: Floats) -> tuple[Floats, Floats]:
    """Smallest and largest value of the days in the ring; infinite where there is none yet."""
    lowest, highest = state[LOWS].min(axis=0), state[HIGHS].max(axis=0)
    known = lowest <= highest
    return np.where(known, lowest, -np.inf), np.where(known, highest, np.inf)


def outside(value: Floats, low: Floats, high: Floats, wide: Floats) -> Floats:
    """By how many deviations a value lies outside the known range, which may be infinite."""
    excess = np.maximum(np.maximum(value - high, low - value), 0.0)
    return in_deviations(np.where(excess <= ROUNDING * np.abs(value), 0.0, excess), wide)


def news(state: Floats, strange: Floats, dt: Floats, slots: Slots) -> Floats:
    """How strange each point is where that is news, else 0.

    It is none below what was of late, nor below what a typical day has: noise with wild points
    is wild every day.
    """
    faded = state[PEAK] * (REFRACTORY / (REFRACTORY + dt))
    state[PEAK] = np.maximum(strange, faded)
    peaks = state[PEAKS]
    known = np.where(np.isfinite(peaks[slots]), peaks[slots], 0.0)
    peaks[slots] = np.maximum(known, strange)
    found: Floats = np.where(strange > np.maximum(faded, state[TYPICAL]), strange, 0.0)
    return found


def learn(state: Floats, now: Floats, std: Floats, taught: Floats, slots: Slots) -> None:
    """Move every baseline by its point."""
    value = now[0]
    size = step_sizes(state, value)
    state[QUANTUM] = np.minimum(state[QUANTUM], np.where(size > 0.0, size, np.inf))
    # A first step off a constant is its resolution, too, and so is learnt from in full.
    limit = WINSORISED_AT * np.maximum(std, resolution(state[QUANTUM]))
    limit = np.where(ready(state) & (limit > 0.0), limit, np.inf)
    learnt = state[LEARNT] + taught
    weight = taught / np.maximum(np.minimum(learnt, CONSTANTS) + taught, 1e-9)
    moved = absorb(state[MEANS], state[VARIANCES], now, weight, limit)
    state[MEANS], state[VARIANCES] = moved
    state[PREVIOUS], state[LEVEL_NOW], state[UNREST_NOW] = now
    state[SAMPLES] += 1.0
    state[LEARNT] = learnt
    highs, lows = state[HIGHS], state[LOWS]
    highs[slots] = np.maximum(highs[slots], value)
    lows[slots] = np.minimum(lows[slots], value)
