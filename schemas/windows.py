"""Which stretch of time a question is about, and how it is cut into steps. Pure."""

import math
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from schemas.errors import InvalidEvent
from schemas.filter_values import to_moment

MAX_HOURS: Final = 24 * 400
_HOUR: Final = timedelta(hours=1)
# In seconds. From five minutes on they are multiples of the widths that the history sums up by.
_STEPS: Final = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 604_800),
)


class Window(NamedTuple):
    """From `since`, which is in it, to `until`, which is not; both UTC."""

    since: datetime
    until: datetime

    @property
    def since_ms(self) -> int:
        """Unix ms."""
        return round(self.since.timestamp() * 1000)

    @property
    def until_ms(self) -> int:
        """Unix ms."""
        return round(self.until.timestamp() * 1000)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.until - self.since).total_seconds()


def window_of(
    now: datetime,
    hours: float | None = None,
    since: str | None = None,
    until: str | None = None,
    *,
    usual_hours: float = 24,
) -> Window:
    """The last `hours`, or from `since` to `until` as filters write times; else the usual hours.

    Raises InvalidEvent("window") for both at once, and for one that is empty or too long.
    """
    if hours is not None and (since or until):
        raise InvalidEvent("window", "give hours, or from and to, not both")
    end = to_moment("to", until, now) if until else now
    length = timedelta(hours=usual_hours if hours is None else hours)
    try:
        begin = to_moment("from", since, now) if since else end - length
    except OverflowError:
        begin = datetime.min.replace(tzinfo=UTC)
    if begin >= end:
        raise InvalidEvent("window", "from is not before to")
    if end - begin > MAX_HOURS * _HOUR:
        raise InvalidEvent("window", f"it is longer than {MAX_HOURS:,} hours")
    return Window(begin, end)


def step_for(window: Window, most: int) -> int:
    """The shortest usual step, in seconds, that gives no more than `most` values; two at least."""
    for step in _STEPS:
        if values_of(window, step) <= most:
            return step
    return math.ceil(window.seconds / (most - 1))


def values_of(window: Window, step: int) -> int:
    """How many steps, which begin at multiples of `step` (seconds), a window touches."""
    first = window.since_ms // (step * 1000)
    last = (window.until_ms - 1) // (step * 1000)
    return last - first + 1


def starts(window: Window, step: int) -> list[datetime]:
    """When each of them begins, the first perhaps before the window."""
    first = window.since_ms // (step * 1000)
    count = values_of(window, step)
    return [datetime.fromtimestamp((first + n) * step, UTC) for n in range(count)]
