"""How many visitors the shop has: a curve over the day and the week, and some weather."""

import math
from typing import Final

from connectors.sources.shop.dice import swing

_DAY: Final = 86_400.0
_WEEK: Final = 7 * _DAY
_MONDAY: Final = 4 * _DAY  # 1970 began on a Thursday


def visitors(seed: int, at: float) -> float:
    """Traffic at a time (Unix seconds, UTC) relative to the mean, about 0.5 to 1.5.

    Least in the small hours, most in the evening, less at the weekend; nothing jumps.
    """
    day = 2 * math.pi * (at % _DAY) / _DAY
    week = 2 * math.pi * ((at - _MONDAY) % _WEEK) / _WEEK
    daily = 1 - 0.27 * math.cos(day - 0.9) - 0.08 * math.cos(2 * day - 2.2)
    weekly = 1 + 0.06 * math.cos(week - 1.6)
    weather = 1 + 0.03 * swing(seed, "weather", at, 2700)
    return daily * weekly * weather
