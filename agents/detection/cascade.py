"""The detector as one object a series, and the scores from which on something is said.

Tier 1 alone so far: a bank of one series.
"""

from typing import Final

import numpy as np

from agents.detection.bank import Bank, Learning
from agents.detection.layout import PLAIN, Floor

# Noteworthy. Three doublings: seven deviations within the known range, or three and one outside.
WARNING: Final = 3.0
# Worth waking somebody. Eight doublings: fifteen deviations, and as many outside the range.
PAGING: Final = 8.0


class Detector:
    """One series. Time constants and learning: agents.detection.judging."""

    def __init__(self, floor: Floor = PLAIN) -> None:
        self._bank = Bank()
        self._series = np.array([self._bank.reserve(floor)])

    def update(self, timestamp: float, value: float) -> float:
        """The score of a point by this and earlier points: >= 0, higher is stranger.

        `timestamp` is in seconds since the epoch. Points that are not newer than the last one,
        and values that are no finite number, score 0 and teach nothing.
        """
        judged = self._bank.update(self._series, np.array([timestamp]), np.array([value]))
        return float(judged.score[0])

    @property
    def learning(self) -> Learning:
        """How far the series is from being judged."""
        return self._bank.learning(int(self._series[0]))


def new_detector() -> Detector:
    """A detector for one series of any unit."""
    return Detector()
