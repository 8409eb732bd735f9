"""Made-up series, and what a detector says of them."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from agents.detection.bank import Bank
from agents.detection.layout import PLAIN, Floor
from agents.detection.statistics import Floats
from agents.detection.verdicts import Verdict
from agents.detection.watching import Episodes

START: Final = 1_700_000_000.0
MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0


def every(seconds: float, span: float, start: float = START) -> Floats:
    """Times from `start` on, `seconds` apart, for `span` seconds."""
    return start + np.arange(0.0, span, seconds)


def noise(points: int, mean: float = 50.0, std: float = 4.0, seed: int = 1) -> Floats:
    """Normal noise, the same for one seed."""
    return np.random.default_rng(seed).normal(mean, std, points)


def scores(times: Iterable[float], values: Iterable[float], floor: Floor = PLAIN) -> Floats:
    """The score of each point of one series."""
    bank = Bank()
    series = np.array([bank.reserve(floor)])
    return np.array(
        [
            bank.update(series, np.array([time]), np.array([value])).score[0]
            for time, value in zip(times, values, strict=True)
        ]
    )


def verdicts(
    times: Iterable[float], values: Iterable[float], floor: Floor = PLAIN
) -> list[Verdict]:
    """Everything that is said of one series."""
    bank, episodes = Bank(), Episodes()
    series, said = np.array([bank.reserve(floor)]), []
    for time, value in zip(times, values, strict=True):
        columns = series, np.array([time]), np.array([value])
        said += [verdict for _, verdict in episodes.follow(*columns, bank.update(*columns))]
    return said
