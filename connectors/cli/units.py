"""Values of metrics with their units, for people: three digits, and the unit in a fitting size."""

from typing import Final

from schemas.metric_names import (
    BYTES,
    BYTES_PER_SECOND,
    COUNT,
    MILLISECONDS,
    PER_SECOND,
    PERCENT,
    SECONDS,
)

_LARGEST, _SMALLEST = 1e12, 1e-3
_TIMES: Final = ((86_400e3, "d"), (3_600e3, "h"), (60e3, "min"), (1e3, "s"), (1.0, "ms"))
_THOUSANDS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_SPOKEN: Final = {BYTES: "B", BYTES_PER_SECOND: "B/s", PER_SECOND: "/s", PERCENT: "%", COUNT: ""}
_UNSCALED: Final = (PERCENT, "°C")  # nobody says k%


def measured(value: float, unit: str) -> str:
    """`value` in `unit`, one of schemas.metric_names: 12.5 %, 1.2 GB, 3.4 MB/s, 2 d; "" is none."""
    if unit in (SECONDS, MILLISECONDS):
        milliseconds = value * (1e3 if unit == SECONDS else 1.0)
        number, name = _scaled(milliseconds, _TIMES)
        return f"{number} {name}"
    if unit in _UNSCALED:
        return f"{_digits(value)} {_SPOKEN.get(unit, unit)}"
    number, prefix = _scaled(value, _THOUSANDS)
    name = prefix + _SPOKEN.get(unit, unit)
    return f"{number} {name}" if name else number


def _scaled(value: float, sizes: tuple[tuple[float, str], ...]) -> tuple[str, str]:
    """The number in the largest size that it has at least one of; else in the smallest."""
    rounded = abs(float(f"{value:.2e}"))  # 999.9 is 1k already
    factor, name = next((size for size in sizes if rounded >= size[0]), sizes[-1])
    return _digits(value / factor), name


def _digits(value: float) -> str:
    rounded = float(f"{value:.2e}")
    if abs(rounded) >= _LARGEST or 0 < abs(rounded) < _SMALLEST:
        return f"{rounded:.2e}"
    return f"{rounded:.0f}" if abs(rounded) >= 1e3 else f"{rounded:.3g}"
