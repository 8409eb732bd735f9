"""Exponentially weighted statistics in time, for many series at once.

Every function takes and gives arrays of equal length, one element a series. The arithmetic is
+ - * / and the square root alone, elementwise, which IEEE 754 rounds in one way only: a series'
state does not depend on which others are in the batch. A weight is therefore dt / (tau + dt) and
not 1 - exp(-dt / tau); for points much closer than tau they are the same.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agents.detection.layout import DAY, QUANTUM

Floats = npt.NDArray[np.float64]

# The deviation is never taken for smaller than this share of the mean: on a flat series a step
# of a few per cent is no event.
RELATIVE_FLOOR: Final = 0.02
# A point moves a baseline as if it were at most this many deviations away. Lower, and the
# deviation adapts too slowly to a series that changes its ways; without, one wild point blinds.
WINSORISED_AT: Final = 10.0
# Deviations of a change on a series that has no deviation at all.
BEYOND_MEASURE: Final = 100.0
# A count upwards of its mean deviates by this much more than Poisson's: ten lines a minute where
# there was none are about three deviations.
COUNT_FLOOR: Final = 3.0
# Differences below this share of a value are the rounding of whoever computed it.
ROUNDING: Final = 1e-9


def deviation(mean: Floats, variance: Floats, quantum: Floats) -> Floats:
    """Standard deviation, floored by a share of the mean and by the series' resolution."""
    known = np.where(np.isfinite(quantum), quantum, 0.0)
    floor = np.maximum(RELATIVE_FLOOR * np.abs(mean), known)
    return np.sqrt(np.maximum(variance, floor * floor))


def counted_deviation(plain: Floats, mean: Floats, value: Floats) -> Floats:
    """The deviation of counts: at least Poisson's, and a good deal more above the mean."""
    above = np.where(value > mean, COUNT_FLOOR * COUNT_FLOOR, 0.0)
    return np.sqrt(np.maximum(plain * plain, np.maximum(mean, 0.0) + above))


def widened(plain: Floats, learnt: Floats) -> Floats:
    """The deviation of a baseline that has learnt for `learnt` seconds.

    A baseline younger than a day has not seen what the rest of the day looks like.
    """
    return plain * np.sqrt(1.0 + DAY / np.maximum(learnt, 1.0))


def deviations(value: Floats, mean: Floats, wide: Floats) -> Floats:
    """By how many deviations each value lies off, with its sign."""
    off = value - mean
    off = np.where(np.abs(off) <= ROUNDING * np.abs(mean), 0.0, off)
    measured = off / np.where(wide > 0.0, wide, 1.0)
    return np.where(wide > 0.0, measured, np.sign(off) * BEYOND_MEASURE)


def absorb(
    state: Floats, row: int, value: Floats, dt: Floats, learnt: Floats, tau: float, clip: Any
) -> None:
    """Move the mean and the variance in `row` and `row + 1` of `state` by a point each.

    `dt` and `learnt` are in seconds, the latter with this step in it: until `tau` is filled, all
    points weigh alike. Where `clip` is set, the point is winsorised. West 1979, in weights.
    """
    mean, variance = state[row], state[row + 1]
    weight = dt / np.maximum(np.minimum(learnt, tau) + dt, 1e-9)
    off = value - mean
    limit = WINSORISED_AT * deviation(mean, variance, state[QUANTUM])
    limit = np.where(clip & (limit > 0.0), limit, np.inf)
    off = np.minimum(np.maximum(off, -limit), limit)
    state[row] = mean + weight * off
    state[row + 1] = (1.0 - weight) * (variance + weight * off * off)
