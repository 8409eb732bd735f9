"""The episodes of a bank's series: which points matter to which, and what is kept of them."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from agents.detection.bank import Rows
from agents.detection.cascade import WARNING
from agents.detection.judging import Judged
from agents.detection.statistics import Floats
from agents.detection.verdicts import Episode, Point, Verdict, fell_silent, follow

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Episode | None])


class Episodes:
    """What goes on, by the series' number in its bank."""

    def __init__(self) -> None:
        self._open: dict[int, Episode] = {}

    def __len__(self) -> int:
        """Episodes that go on."""
        return len(self._open)

    def __contains__(self, number: int) -> bool:
        """Whether something goes on in the series."""
        return number in self._open

    def forget(self, number: int) -> None:
        """The series is no more; nothing is said."""
        self._open.pop(number, None)

    def follow(
        self, series: Rows, time: Floats, value: Floats, judged: Judged
    ) -> list[tuple[int, Verdict]]:
        """Verdicts by series, from one call of `Bank.update` with the same columns.

        Few points matter: those that score, and those of series where something goes on.
        """
        matters = judged.score >= WARNING
        if self._open:
            matters |= judged.taken & np.isin(series, list(self._open))
        verdicts = []
        for place in np.flatnonzero(matters).tolist():
            number = int(series[place])
            point = point_at(judged, place, float(time[place]), float(value[place]))
            episode, verdict = follow(self._open.get(number), point)
            self._put(number, episode)
            if verdict is not None:
                verdicts.append((number, verdict))
        return verdicts

    def _put(self, number: int, episode: Episode | None) -> None:
        if episode is None:
            self._open.pop(number, None)
        else:
            self._open[number] = episode

    def fell_silent(self, number: int, at: float) -> Verdict | None:
        """The end of what goes on in a series that gives no points any more; None: nothing did.

        `at` is in seconds since the epoch, and must come from the stream for a replay to agree.
        """
        episode = self._open.pop(number, None)
        return fell_silent(episode, at) if episode else None

    def heard(self, arrivals: Mapping[int, float]) -> None:
        """Points of these series came then, in seconds by the broker's clock."""
        for number, episode in self._open.items():
            episode.heard_at = arrivals.get(number, episode.heard_at)

    def heard_at(self, number: int) -> float:
        """When the newest point of a series came in which something goes on; 0: it is not known."""
        return self._open[number].heard_at

    def numbers(self) -> list[int]:
        """Series in which something goes on."""
        return sorted(self._open)

    def off_at(self, number: int) -> float | None:
        """When the series was last off while something goes on; None: nothing does."""
        episode = self._open.get(number)
        return episode.off_at if episode else None

    def dump(self, series: Sequence[int]) -> bytes:
        """What goes on in these series, in this order."""
        return _encoder.encode([self._open.get(number) for number in series])

    def load(self, series: Sequence[int], state: bytes) -> None:
        """Take over a dump for these series, in its order.

        Raises msgspec.DecodeError, or ValueError for a dump of another number of series.
        """
        for number, episode in zip(series, _decoder.decode(state), strict=True):
            self._put(number, episode)


def point_at(judged: Judged, place: int, time: float, value: float) -> Point:
    """One row of the columns."""
    return Point(
        time=time,
        value=value,
        score=float(judged.score[place]),
        off=float(judged.off[place]),
        deviations=float(judged.deviations[place]),
        cause=int(judged.cause[place]),
        beyond=float(judged.beyond[place]),
        mean=float(judged.mean[place]),
        std=float(judged.std[place]),
        wide=float(judged.wide[place]),
        low=float(judged.low[place]),
        high=float(judged.high[place]),
        lowest=float(judged.lowest[place]),
        highest=float(judged.highest[place]),
    )
