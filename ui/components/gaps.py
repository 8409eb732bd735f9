"""Lines end where nothing was measured, instead of leading across."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from ui.components.times import parsed

_LONGER: Final = 4.0  # times the usual distance of two points
_NEAR: Final = 5  # distances before and after tell what is usual here: old points are fewer


def with_gaps(
    times: Sequence[str], values: Sequence[float]
) -> tuple[list[str], list[float | None]]:
    """Times ascending; a None follows a point after which nothing came for unusually long."""
    if len(times) < 3:
        return list(times), list(values)
    seconds = [parsed(at).timestamp() for at in times]
    apart = [later - at for at, later in pairwise(seconds)]
    found_times: list[str] = []
    found_values: list[float | None] = []
    for n, (at, value) in enumerate(zip(times, values, strict=True)):
        found_times.append(at)
        found_values.append(value)
        if n < len(apart) and apart[n] > _LONGER * _usual(apart, n):
            found_times.append(at)
            found_values.append(None)
    return found_times, found_values


def _usual(apart: Sequence[float], n: int) -> float:
    return median([*apart[max(0, n - _NEAR) : n], *apart[n + 1 : n + 1 + _NEAR]])
