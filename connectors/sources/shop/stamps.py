"""Times as programs write them. A second is formatted once for each layout; all are UTC."""

import time
from functools import lru_cache


@lru_cache(maxsize=4096)
def _second(layout: str, second: int) -> str:
    return time.strftime(layout, time.gmtime(second))


def stamp(layout: str, at: float) -> str:
    """`layout` as strftime has it; `%f` in it becomes the milliseconds, three digits."""
    second = int(at)
    text = _second(layout, second)
    return text.replace("%f", f"{int((at - second) * 1000):03}") if "%f" in text else text


def iso(at: float) -> str:
    """2026-01-02T03:04:05.678Z."""
    second = int(at)
    return f"{_second('%Y-%m-%dT%H:%M:%S', second)}.{int((at - second) * 1000):03}Z"


def spaced(at: float) -> str:
    """2026-01-02 03:04:05.678."""
    second = int(at)
    return f"{_second('%Y-%m-%d %H:%M:%S', second)}.{int((at - second) * 1000):03}"


def bsd(at: float) -> str:
    """Jan  2 03:04:05, as RFC 3164 has it."""
    return _second("%b %e %H:%M:%S", int(at))
