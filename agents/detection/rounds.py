"""Points of many series, judged in rounds in which no series comes twice. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from agents.detection.bank import Bank, rounds
from agents.detection.judging import Judged
from agents.detection.verdicts import Verdict
from agents.detection.watching import Episodes


class Sample(NamedTuple):
    """A point of a series of the bank; `time` in seconds. Only what is `live` raises verdicts."""

    series: int
    time: float
    value: float
    live: bool


def judge(bank: Bank, episodes: Episodes, samples: Sequence[Sample]) -> list[tuple[int, Verdict]]:
    """Learn from all samples, those of a series in their order; verdicts by series.

    Not sorted here: the bank takes what is not newer for late, and whether a point is late must
    not depend on how much was judged at once.
    """
    if not samples:
        return []
    series, time, value, live = (np.array(column) for column in zip(*samples, strict=True))
    verdicts: list[tuple[int, Verdict]] = []
    for places in rounds(series):
        judged = bank.update(series[places], time[places], value[places])
        heard = live[places]
        if not heard.all():
            places, judged = places[heard], Judged._make(column[heard] for column in judged)
        verdicts += episodes.follow(series[places], time[places], value[places], judged)
    return verdicts
