"""Whether one value is strange beside those of before: a robust baseline of a stretch of time.

This is a question that somebody asks; what watches every point is the detection of the agents,
which learns the day, the week and the extremes of two weeks. Pure.
"""

import math
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

SAMPLES_NEEDED: Final = 24  # as many as a series needs before its points are judged
THRESHOLD: Final = 3.0
_MEDIUM: Final = 4.0
_HIGH: Final = 5.0

_MAD_TO_STD: Final = 1.4826  # of a normal distribution
_IQR_TO_STD: Final = 0.7413
_RELATIVE_FLOOR: Final = 0.02  # on a flat series a step of a few per cent is no event
_PERCENT_FLOOR: Final = 1.0  # an idle CPU that wakes up is no news
_MOST: Final = 100.0  # deviations of a change on a series that has no deviation at all

Severity = Literal["normal", "low", "medium", "high"]


class Judgement(NamedTuple):
    """`score` is in robust deviations from the median; all else in the values' own unit."""

    severity: Severity
    score: float
    centre: float
    deviation: float
    least: float
    most: float
    percentile_95: float


def judge(samples: Sequence[float], value: float, *, is_percent: bool) -> Judgement:
    """The value beside at least one sample, in any order.

    The deviation is the larger of those that the median distance and the middle half tell, so that
    neither a few wild samples nor many equal ones spoil it; and never less than a floor. Where all
    samples are equal their own value is normal.
    """
    ordered = sorted(samples)
    centre = quantile(ordered, 0.5)
    distances = sorted(abs(sample - centre) for sample in ordered)
    middle = quantile(ordered, 0.75) - quantile(ordered, 0.25)
    floor = max(_RELATIVE_FLOOR * abs(centre), _PERCENT_FLOOR if is_percent else 0.0)
    deviation = max(_MAD_TO_STD * quantile(distances, 0.5), _IQR_TO_STD * middle, floor)
    off = abs(value - centre)
    score = off / deviation if deviation else math.inf if off else 0.0
    score = min(score, _MOST)
    return Judgement(
        severity_of(score),
        score,
        centre,
        deviation,
        ordered[0],
        ordered[-1],
        quantile(ordered, 0.95),
    )


def severity_of(score: float) -> Severity:
    """The specification's word: low from 3 deviations on, medium from 4, high from 5."""
    if score > _HIGH:
        return "high"
    if score > _MEDIUM:
        return "medium"
    return "low" if score > THRESHOLD else "normal"


def quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest of ascending values, of which there is one at least."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    part = place - low
    return ordered[low] * (1 - part) + ordered[high] * part
