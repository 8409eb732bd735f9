"""What a body held, cut into records: the same body gives the same records, so a retry repeats."""

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.metrics import MetricBatch
from schemas.traces import is_continuation

LINES: Final = 1_000
BYTES: Final = 256 * 1024
POINTS: Final = 5_000  # about BYTES
_TRACE_LINES: Final = 200  # so far a record grows to not end inside a stack trace


def cut_lines(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    """At most LINES lines or BYTES bytes each, but for a longer line, or the end of a trace."""
    first, size = 0, 0
    for at, line in enumerate(lines):
        full = at - first >= LINES or size + len(line) > BYTES
        if full and at > first and not _goes_on(lines, at, first, size):
            yield list(lines[first:at])
            first, size = at, 0
        size += len(line)
    if first < len(lines):
        yield list(lines[first:])


def _goes_on(lines: Sequence[bytes], at: int, first: int, size: int) -> bool:
    room = at - first < LINES + _TRACE_LINES and size + len(lines[at]) <= 2 * BYTES
    return room and is_continuation(lines[at])


def cut_points(points: MetricBatch) -> Iterator[MetricBatch]:
    """At most POINTS points each."""
    for at in range(0, len(points.value), POINTS):
        part = slice(at, at + POINTS)
        yield MetricBatch(
            points.source,
            points.host[part],
            points.metric[part],
            points.time_ms[part],
            points.value[part],
        )
