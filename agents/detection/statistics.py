"""Exponentially weighted statistics in time, for many series at once.

Every function takes and gives arrays that broadcast: the last axis is series, and there may be
one before it for several statistics of each. The arithmetic is
+ - * / and the square root alone, elementwise, which IEEE 754 rounds in one way only: a series'
state does not depend on which others are in the batch. A weight is therefore dt / (tau + dt) and
not 1 - exp(-dt / tau); for points much closer than tau they are the same.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from agents.detection.layout import DAY

Floats = npt.NDArray[np.float64]

# The deviation is never taken for smaller than this share of the mean: on a flat series a step
# of a few per cent is no event.
RELATIVE_FLOOR: Final = 0.02
# ... nor for smaller than this share of the largest of its series' means. That is for the unrest,
# whose own mean is nothing where a series was flat.
FINE_FLOOR: Final = 0.002
# Deviations of a change on a series that has no deviation at all.
BEYOND_MEASURE: Final = 100.0
# A smaller deviation is none: the largest distance, in such ones, would be no number any more.
LEAST_MEASURE: Final = 1e-150
# A count upwards of its mean deviates by this much more than Poisson's: ten lines a minute where
# there was none are about three deviations.
COUNT_FLOOR: Final = 3.0
# Seconds after which a baseline is no longer taken for young.
YOUTH: Final = DAY / 4
# Differences below this share of a value are the rounding of whoever computed it.
ROUNDING: Final = 1e-9


def deviation(means: Floats, variances: Floats, quantum: Floats) -> Floats:
    """Standard deviations, floored by shares of the means and by the series' resolution.

    `means` and `variances` have a row for each statistic of a series, all in its unit.
    """
    sizes = np.abs(means)
    floor = np.maximum(RELATIVE_FLOOR * sizes, FINE_FLOOR * sizes.max(axis=0))
    floor = np.maximum(floor, resolution(quantum))
    std: Floats = np.sqrt(np.maximum(variances, floor * floor))
    return std


def resolution(quantum: Floats) -> Floats:
    """The smallest step of a series; 0 for one that has made none, whose quantum is infinite."""
    return np.where(np.isfinite(quantum), quantum, 0.0)


def counted_deviation(plain: Floats, mean: Floats, value: Floats) -> Floats:
    """The deviation of counts: at least Poisson's, and a good deal more above the mean."""
    above = np.where(value > mean, COUNT_FLOOR * COUNT_FLOOR, 0.0)
    std: Floats = np.sqrt(np.maximum(plain * plain, np.maximum(mean, 0.0) + above))
    return std


def widened(plain: Floats, learnt: Floats) -> Floats:
    """The deviation of a baseline that has learnt for `learnt` seconds.

    A baseline of a few hours has not seen what the rest of the day looks like.
    """
    wide: Floats = plain * np.sqrt(1.0 + YOUTH / np.maximum(learnt, 1.0))
    return wide


def deviations(value: Floats, mean: Floats, wide: Floats) -> Floats:
    """By how many deviations each value lies off, with its sign."""
    off = value - mean
    off = np.where(np.abs(off) <= ROUNDING * np.abs(mean), 0.0, off)
    return in_deviations(off, wide)


def in_deviations(off: Floats, wide: Floats) -> Floats:
    """A distance in deviations; where there is no deviation, any distance is beyond measure."""
    measurable = wide > LEAST_MEASURE
    measured = off / np.where(measurable, wide, 1.0)
    found: Floats = np.where(measurable, measured, np.sign(off) * BEYOND_MEASURE)
    return found


def absorb(
    mean: Floats, variance: Floats, value: Floats, weight: Floats, limit: Floats
) -> tuple[Floats, Floats]:
    """The mean and the variance with one more value that weighs `weight` (0 to 1).

    A value moves them as if it were at most `limit` away from the mean. West 1979, in weights.
    """
    off = np.minimum(np.maximum(value - mean, -limit), limit)
    step = weight * off
    return mean + step, (1.0 - weight) * (variance + step * off)


def medians(values: Floats) -> Floats:
    """The median of each column's finite values; 0 where there are none. Infinity must be +."""
    ordered = np.sort(values, axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    places = np.arange(values.shape[1])
    lower = ordered[np.maximum(count - 1, 0) // 2, places]
    upper = ordered[np.minimum(count // 2, len(values) - 1), places]
    return np.where(count > 0, 0.5 * (lower + upper), 0.0)
