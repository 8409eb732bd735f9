"""Many series judged at once: tier 1, O(1) a point, 488 bytes a series.

A bank holds one column of numbers a series. What a series' column becomes depends on its own
points and their order alone, bit for bit, however they were batched with those of others.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.detection.judging import SAMPLES_NEEDED, SECONDS_NEEDED, Judged, step, unjudged
from agents.detection.layout import (
    COUNTED,
    HIGHS,
    LAST,
    LEARNT,
    LEAST,
    LOWS,
    PEAKS,
    PLAIN,
    QUANTUM,
    SAMPLES,
    WIDTH,
    Floor,
)
from agents.detection.statistics import Floats

Rows = npt.NDArray[np.int64]

# Squares of larger values would leave the range of floats.
LARGEST: Final = 1e150
# In the year 5138; milliseconds that are taken for seconds lie beyond it.
LATEST: Final = 1e11

_VERSION: Final = 1
_HEADER: Final = struct.Struct("<HHI")  # version, numbers a series, series
_FIRST_SIZE: Final = 64


class Learning(NamedTuple):
    """How much a series has learnt of what it needs before anything is judged."""

    samples: int
    seconds: float

    @property
    def done(self) -> bool:
        """Whether points are judged."""
        return self.samples >= SAMPLES_NEEDED and self.seconds >= SECONDS_NEEDED

    def __str__(self) -> str:
        if self.done:
            return "learnt"
        if self.samples < SAMPLES_NEEDED:
            return f"learning: {self.samples} of {SAMPLES_NEEDED} samples"
        return f"learning: {self.seconds / 60:.0f} of {SECONDS_NEEDED / 60:.0f} minutes"


def rounds(series: Rows) -> Iterator[Rows]:
    """A batch's points in rounds in which no series comes twice, each as places in the batch.

    The points of one series keep their order, over the rounds.
    """
    order = np.argsort(series, kind="stable")
    ordered = series[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(series)])
    sizes = np.diff(np.append(first, len(series)))
    turn = np.empty(len(series), dtype=np.int64)
    turn[order] = np.arange(len(series)) - np.repeat(first, sizes)
    ends = np.cumsum(np.bincount(turn))
    yield from np.split(np.argsort(turn, kind="stable"), ends)[:-1]


class Bank:
    """Series by number. `reserve` gives a number, `release` takes it back for another series."""

    def __init__(self) -> None:
        self._table: Floats = np.zeros((WIDTH, _FIRST_SIZE))
        self._free: list[int] = []
        self._used = 0

    def __len__(self) -> int:
        """Series in the bank."""
        return self._used - len(self._free)

    def reserve(self, floor: Floor = PLAIN) -> int:
        """A number for a new series, which has learnt nothing."""
        number = self._free.pop() if self._free else self._grown()
        column = self._table[:, number]
        column[:] = 0.0
        column[QUANTUM] = 1.0 if floor.counted else np.inf
        column[HIGHS], column[LOWS], column[PEAKS] = -np.inf, np.inf, np.inf
        column[LEAST], column[COUNTED] = floor.least, float(floor.counted)
        return number

    def _grown(self) -> int:
        if self._used == self._table.shape[1]:
            self._table = np.concatenate([self._table, np.zeros_like(self._table)], axis=1)
        self._used += 1
        return self._used - 1

    def release(self, series: int) -> None:
        """Forget a series; its number may be given to another."""
        self._free.append(series)

    def learning(self, series: int) -> Learning:
        """How far a series is."""
        column = self._table[:, series]
        return Learning(int(column[SAMPLES]), float(column[LEARNT]))

    def last(self, series: Rows) -> Floats:
        """Time of the newest point of each series, in seconds; -inf where there is none."""
        return np.where(self._table[SAMPLES, series] > 0, self._table[LAST, series], -np.inf)

    def update(self, series: Rows, time: Floats, value: Floats) -> Judged:
        """Judge and learn one point a series; no series may be named twice.

        `time` is in seconds since the epoch, `value` in the unit of the series. A point that is
        not newer than what its series knows, or not a usable number, changes nothing and scores
        0: it comes again after a replay, and has been judged then.
        """
        usable = (np.abs(time) <= LATEST) & (np.abs(value) <= LARGEST)  # NaN is not <= anything
        taken = np.flatnonzero(usable & (time > self.last(series)))
        if len(taken) == len(series):
            return self._stepped(series, time, value)
        judged = unjudged(len(series))
        if len(taken):
            found = self._stepped(series[taken], time[taken], value[taken])
            for whole, part in zip(judged, found, strict=True):
                whole[taken] = part
        return judged

    def _stepped(self, series: Rows, time: Floats, value: Floats) -> Judged:
        state = self._table[:, series]
        judged = step(state, time, value)
        self._table[:, series] = state
        return judged

    def dump(self, series: Sequence[int]) -> bytes:
        """What these series have learnt, in this order."""
        columns = self._table[:, np.asarray(series, dtype=np.int64)].T
        header = _HEADER.pack(_VERSION, WIDTH, len(series))
        return header + np.ascontiguousarray(columns, dtype="<f8").tobytes()

    def load(self, state: bytes) -> list[int]:
        """New numbers for the series of a dump, in its order.

        Raises ValueError for bytes that no `dump` of this version wrote; such series have to
        learn anew.
        """
        if len(state) < _HEADER.size:
            raise ValueError("the state of a bank is cut short")
        version, width, count = _HEADER.unpack_from(state)
        if (version, width) != (_VERSION, WIDTH):
            raise ValueError(f"the state of a bank is of version {version}, width {width}")
        if len(state) != _HEADER.size + count * width * 8:
            raise ValueError("the state of a bank is cut short")
        columns = np.frombuffer(state, dtype="<f8", offset=_HEADER.size).reshape(count, width)
        numbers = [self.reserve() for _ in range(count)]
        self._table[:, numbers] = columns.T
        return numbers
