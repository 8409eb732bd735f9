"""Numbers drawn with characters: a line of blocks, a chart of Braille dots. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_EMPTY_CELL: Final = 0x2800
# Dots of one character, from the top: the left column, the right one (Unicode, Braille patterns).
_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_CELL_WIDTH, _CELL_HEIGHT = 2, 4
_PREFIXES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


class Frame(NamedTuple):
    """What a chart spans: [start, end) in time, and how long one value stands for."""

    start: int
    end: int
    step: int


def short(value: float) -> str:
    """A number in at most about six characters: 0.25, 97.31, 5.2G."""
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-3:
        return f"{value:.2e}"
    for factor, letter in _PREFIXES:
        if size >= factor:
            return f"{value / factor:.4g}{letter}"
    return f"{value:.4g}"


def sparkline(times: Sequence[int], values: Sequence[float], frame: Frame) -> str:
    """One block a step; a step without a value is a space."""
    if not values:
        return ""
    low, high = min(values), max(values)
    cells = [" "] * max(1, -(-(frame.end - frame.start) // frame.step))
    for time, value in zip(times, values, strict=True):
        place = (time - frame.start) // frame.step
        if 0 <= place < len(cells):
            cells[place] = _BLOCKS[round(_share(value, low, high) * (len(_BLOCKS) - 1))]
    return "".join(cells)


def chart(
    times: Sequence[int], values: Sequence[float], frame: Frame, width: int, height: int
) -> list[str]:
    """`height` lines of `width` characters; neighbours are joined, gaps stay open."""
    low, high = min(values), max(values)
    cells = [[0] * width for _ in range(height)]
    columns, rows = width * _CELL_WIDTH, height * _CELL_HEIGHT
    near = 2 * max([frame.step, *_usual_distance(times)])
    before: tuple[int, int, int] | None = None
    for time, value in zip(times, values, strict=True):
        x = min(max((time - frame.start) * columns // (frame.end - frame.start), 0), columns - 1)
        y = rows - 1 - round(_share(value, low, high) * (rows - 1))
        joined = before and time - before[0] < near
        from_x, from_y = before[1:] if before and joined else (x, y)
        _join(cells, (from_x, from_y), (x, y))
        before = time, x, y
    return ["".join(chr(_EMPTY_CELL + dots) for dots in line) for line in cells]


def _usual_distance(times: Sequence[int]) -> list[int]:
    """The median of the distances between neighbours; empty when there is none."""
    distances = sorted(later - earlier for earlier, later in pairwise(times))
    return [distances[len(distances) // 2]] if distances else []


def _join(cells: list[list[int]], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Sets the dots of a straight line, both ends included."""
    (x0, y0), (x1, y1) = start, end
    count = max(abs(x1 - x0), abs(y1 - y0), 1)
    for n in range(count + 1):
        x, y = x0 + round((x1 - x0) * n / count), y0 + round((y1 - y0) * n / count)
        cell = cells[y // _CELL_HEIGHT]
        cell[x // _CELL_WIDTH] |= _DOTS[x % _CELL_WIDTH][y % _CELL_HEIGHT]


def _share(value: float, low: float, high: float) -> float:
    """Where a value lies between the lowest (0) and the highest (1); halfway when all are equal."""
    # Halves first: the span of the greatest values would leave the range of a double.
    span = high / 2 - low / 2
    return (value / 2 - low / 2) / span if span else 0.5
