"""What happens to a series as one thing: it begins, goes on, gets worse, and is over.

Out of scores, one a point, come few verdicts. All times are those of the points, so a replay
gives the same verdicts. Pure: an episode and a point in, the episode and perhaps a verdict out.
"""

import math
from typing import Final, Literal, NamedTuple

import msgspec

from agents.detection.cascade import PAGING, WARNING
from agents.detection.judging import CAUSES
from agents.detection.layout import HOUR
from agents.detection.statistics import BEYOND_MEASURE, LEAST_MEASURE

Strength = Literal["warning", "paging"]

# A point is off, as opposed to quiet, from so many deviations on: of what was usual when it all
# began, since the baseline soon takes to what it sees ...
OFF: Final = 3.0
# ... and after so long of what is usual by then: a shift that stays has become the usual.
ADOPTED_AFTER: Final = 6 * HOUR
# Only what persists pages, never a single spike: so many of the newest points are off ...
PAGING_POINTS: Final = 3
OF_POINTS: Final = 5
PAGING_SECONDS: Final = 15.0  # ... and it has lasted for so long, whatever the rate of points.
# That counts as a doubling: of what lasts, less is false at 7 than of single points at 8.
PERSISTENCE: Final = 1.0
# Over: quiet for so long.
HOLD_SECONDS: Final = 300.0
# News of an episode that goes on: at most so often, and the rarer the longer it lasts.
UPDATE_SECONDS: Final = 60.0
UPDATE_SHARE: Final = 0.1  # of its age


class Point(NamedTuple):
    """One judged point; the names are those of agents.detection.judging.Judged."""

    time: float
    value: float
    score: float
    off: float
    deviations: float
    cause: int
    beyond: float
    mean: float
    std: float
    wide: float
    low: float
    high: float
    lowest: float
    highest: float


class Episode(msgspec.Struct, array_like=True):
    """What is known of what goes on; times in seconds since the epoch.

    `score`, `deviations` and `beyond` are the largest so far, `cause` is that of the onset, and
    `mean` to `highest` were so when it began. `hits` has a bit for each of the newest OF_POINTS
    points, set where the point is off. `heard_at` is by the broker's clock: when the newest point
    came; 0 where nobody looks for silence.
    """

    onset: float
    mean: float
    std: float
    wide: float
    low: float
    high: float
    lowest: float
    highest: float
    version: int = 0
    paging: bool = False
    score: float = 0.0
    deviations: float = 0.0
    beyond: float = 0.0
    cause: int = 0
    hits: int = 0
    off_at: float = 0.0
    said_at: float = 0.0
    heard_at: float = 0.0


class Verdict(NamedTuple):
    """An episode at a moment; of several with one onset the highest version wins."""

    onset: float
    at: float
    version: int
    active: bool
    strength: Strength
    score: float
    value: float | None  # None: the series fell silent
    deviations: float
    beyond: float
    cause: str
    mean: float
    std: float
    low: float
    high: float


def follow(episode: Episode | None, point: Point) -> tuple[Episode | None, Verdict | None]:
    """The episode after this point, None when there is none (any more), and what to say of it.

    The episode given is changed in place. Points come in the order of time, each once.
    """
    if episode is None:
        if point.score < WARNING:
            return None, None
        episode = Episode(
            onset=point.time,
            mean=point.mean,
            std=point.std,
            wide=point.wide,
            low=point.low,
            high=point.high,
            lowest=point.lowest,
            highest=point.highest,
        )
    _take(episode, point)
    if point.time - episode.off_at >= HOLD_SECONDS:
        return None, _say(episode, point.time, point.value, active=False)
    worse = not episode.paging and _pages(episode, point.time)
    episode.paging = episode.paging or worse
    patience = max(UPDATE_SECONDS, UPDATE_SHARE * (point.time - episode.onset))
    if worse or not episode.version or point.time - episode.said_at >= patience:
        return episode, _say(episode, point.time, point.value, active=True)
    return episode, None


def strangeness(deviations: float, beyond: float) -> float:
    """The score of one point, as agents.detection.judging takes it."""
    return math.log2(1.0 + deviations) + math.log2(1.0 + beyond)


def fell_silent(episode: Episode, at: float) -> Verdict:
    """The end of an episode whose series gives no points any more, as of `at`."""
    return _say(episode, at, None, active=False)


def _take(episode: Episode, point: Point) -> None:
    off, beyond = _by_what_was(episode, point.value)
    is_off = off > OFF
    if point.time - episode.onset >= ADOPTED_AFTER:
        is_off = is_off and abs(point.off) > OFF
    else:
        episode.score = max(episode.score, strangeness(off, beyond))
    episode.hits = (episode.hits << 1 | is_off) & ((1 << OF_POINTS) - 1)
    if is_off or point.score >= WARNING:
        episode.off_at = point.time
    if not episode.version:
        episode.cause = point.cause
    episode.score = max(episode.score, point.score)
    episode.deviations = max(episode.deviations, point.deviations, off)
    episode.beyond = max(episode.beyond, point.beyond, beyond)


def _by_what_was(episode: Episode, value: float) -> tuple[float, float]:
    """By how many deviations a value lies off, and beyond the range, as known at the onset."""
    off = abs(value - episode.mean)
    beyond = max(value - episode.highest, episode.lowest - value, 0.0)
    if episode.wide > LEAST_MEASURE:
        return off / episode.wide, beyond / episode.wide
    return (BEYOND_MEASURE if off else 0.0), (BEYOND_MEASURE if beyond else 0.0)


def _pages(episode: Episode, time: float) -> bool:
    return (
        bool(episode.hits & 1)  # the newest point itself is off: not when it is all past
        and episode.score + PERSISTENCE >= PAGING
        and episode.hits.bit_count() >= PAGING_POINTS
        and time - episode.onset >= PAGING_SECONDS
    )


def _say(episode: Episode, at: float, value: float | None, *, active: bool) -> Verdict:
    episode.version += 1
    episode.said_at = at
    return Verdict(
        onset=episode.onset,
        at=at,
        version=episode.version,
        active=active,
        strength="paging" if episode.paging else "warning",
        score=episode.score,
        value=value,
        deviations=episode.deviations,
        beyond=episode.beyond,
        cause=CAUSES[episode.cause],
        mean=episode.mean,
        std=episode.std,
        low=episode.low,
        high=episode.high,
    )
