"""Points of many series, judged in rounds in which no series comes twice. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agents.detection.bank import Bank, Rows
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
    """Learn from all samples, a series' in the order given; verdicts by series."""
    if not samples:
        return []
    series, time, value, live = (np.array(column) for column in zip(*samples, strict=True))
    verdicts: list[tuple[int, Verdict]] = []
    for places in _rounds(series):
        judged = bank.update(series[places], time[places], value[places])
        heard = live[places]
        if not heard.all():
            places, judged = places[heard], Judged._make(column[heard] for column in judged)
        verdicts += episodes.follow(series[places], time[places], value[places], judged)
    return verdicts


def _rounds(series: Rows) -> Iterator[npt.NDArray[np.int64]]:
    order = np.argsort(series, kind="stable")
    ordered = series[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))  # where each series begins
    sizes = np.diff(first, append=len(ordered))
    turn = np.arange(len(ordered)) - np.repeat(first, sizes)
    by_turn = np.argsort(turn, kind="stable")
    ends = np.cumsum(np.bincount(turn))
    return (order[some] for some in np.split(by_turn, ends[:-1]))
