"""What rows add to the books of their sources. Pure."""

from collections.abc import Iterable

from schemas.batches import PointRow, Row
from schemas.sources import SourceSum

_MINUTE_MS = 60_000


def line_sums(rows: Iterable[Row]) -> dict[str, SourceSum]:
    """By source; records that expired unread had no source."""
    found: dict[str, SourceSum] = {}
    for row in rows:
        if not row.expired:
            counts = (row.lines, row.parsed, row.deduplicated, row.dead)
            _add(found, row.source, row.arrival, counts)
    return found


def point_sums(rows: Iterable[PointRow]) -> dict[str, SourceSum]:
    """Likewise."""
    found: dict[str, SourceSum] = {}
    for row in rows:
        if not row.expired:
            counts = (row.points, row.stored, row.deduplicated, row.dead)
            _add(found, row.source, row.arrival, counts)
    return found


def _add(
    found: dict[str, SourceSum], source: str, arrival: int, counts: tuple[int, int, int, int]
) -> None:
    """A replay accepts nothing: it is no sign that its source lives."""
    number = counts[0]
    new = SourceSum(
        *counts, arrival if number else None, arrival // _MINUTE_MS if number else 0, number, 0
    )
    known = found.get(source)
    found[source] = _joined(known, new) if known else new


def _joined(a: SourceSum, b: SourceSum) -> SourceSum:
    late, early = (a, b) if a.minute >= b.minute else (b, a)
    in_minute, before = late.in_minute, late.in_minute_before
    if early.minute == late.minute:
        in_minute += early.in_minute
        before += early.in_minute_before
    elif early.minute == late.minute - 1:
        before += early.in_minute
    arrivals = [sums.last_arrival for sums in (a, b) if sums.last_arrival is not None]
    return SourceSum(
        a.accepted + b.accepted,
        a.stored + b.stored,
        a.deduplicated + b.deduplicated,
        a.dead + b.dead,
        max(arrivals) if arrivals else None,
        late.minute,
        in_minute,
        before,
    )
