"""Points of many series in any order, as rounds in which no series comes twice. Pure."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from agents.detection.bank import Rows
from agents.detection.statistics import Floats


def rounds(series: Rows, time: Floats) -> Iterator[npt.NDArray[np.int64]]:
    """Places in the columns, round by round; a series' points come in the order of their time."""
    order = np.lexsort((time, series))
    ordered = series[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))  # where each series begins
    sizes = np.diff(first, append=len(ordered))
    turn = np.arange(len(ordered)) - np.repeat(first, sizes)
    by_turn = np.argsort(turn, kind="stable")
    ends = np.cumsum(np.bincount(turn))
    return (order[some] for some in np.split(by_turn, ends[:-1]))
