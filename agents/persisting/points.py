"""What became of records of metric points: rows, and how the write is shared among them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from agents.measuring import Measured, read
from agents.measuring.points import as_json
from agents.parsing.record import Record
from schemas.batches import Chain, PointRow
from schemas.counts import Seen
from schemas.history import Point, Written
from schemas.strange_points import DeadItem

Key = tuple[Chain, int]


class PointOutcome(NamedTuple):
    """One record: its row, if all its living points are stored, and what it holds."""

    row: PointRow
    measured: Measured
    record: Record

    @property
    def range(self) -> str | None:
        """What of its origin the record is; told apart from ranges of lines."""
        found = None if self.record.replay else self.record.range
        return f"points:{found}" if found else None


def decide(record: Record, epoch: int, prev_offset: int, retention_ms: int) -> PointOutcome:
    """Exactly one outcome for each record. Never raises for what bytes hold."""
    return outcome(record, epoch, prev_offset, read(record, retention_ms))


def condemn(record: Record, epoch: int, prev_offset: int) -> PointOutcome:
    """The outcome of a record that ends every worker which reads it."""
    points = max(record.stated_points or 1, 1)
    whole = DeadItem(-1, points, record.value, "crashed", "the record ended its worker")
    return outcome(record, epoch, prev_offset, Measured(record.source, dead=[whole]))


def outcome(record: Record, epoch: int, prev_offset: int, measured: Measured) -> PointOutcome:
    """A replay moves its points from dead to stored: nothing new was accepted. What dies again
    stays where it is, in the dead letters, and is not written there twice.
    """
    replay = record.replay is not None
    living = len(measured.value)
    row = PointRow(
        topic=record.topic,
        partition=record.partition,
        epoch=epoch,
        offset=record.offset,
        prev_offset=prev_offset,
        arrival=record.arrival,
        source=measured.source,
        points=0 if replay else measured.points,
        stated_points=None if replay else record.stated_points,
        stored=living,
        deduplicated=0,
        dead=-living if replay else measured.points - living,
        expired=False,
    )
    return PointOutcome(row, measured, record)


def gap(record: Record, epoch: int, prev_offset: int, last_missing: int) -> PointOutcome:
    """For the records between `prev_offset` and `record` that retention deleted unread."""
    missing = record._replace(offset=last_missing, arrival=0, value=b"", headers=[])
    found = outcome(missing, epoch, prev_offset, Measured(""))
    return found._replace(row=found.row._replace(expired=True))


def as_points(outcomes: Iterable[PointOutcome]) -> list[Point]:
    """Every living point with its place on the wire."""
    return [
        Point(host, metric, time_ms, value, row.partition, row.offset, index)
        for row, measured, _ in outcomes
        for host, metric, time_ms, value, index in zip(
            measured.host,
            measured.metric,
            measured.time_ms,
            measured.value,
            measured.index,
            strict=True,
        )
    ]


def repeat(row: PointRow) -> PointRow:
    """What is in the record was counted before; a replay accepts nothing, so nothing is left."""
    return row._replace(stored=0, deduplicated=row.points, dead=0)


def shares(
    outcomes: Sequence[PointOutcome], points: Sequence[Point], written: Written
) -> list[PointRow] | None:
    """The rows after a write of `points`, those of `outcomes`.

    Points that lost to another of the same write are known one by one. That others met a point
    stored earlier is known as a number only: None when it could be of more than one source. Within
    a source the rows take it in order.
    """
    rejected = _per_record(point for point, _ in written.rejected)
    refused = {(point.partition, point.offset, point.index) for point, _ in written.rejected}
    kept = [p for p in points if (p.partition, p.offset, p.index) not in refused]
    winners: dict[tuple[str, str, int], Point] = {}
    losers: list[Point] = []
    for point in kept:
        key = (point.host, point.metric, point.time_ms)
        known = winners.get(key)
        if known is None:
            winners[key] = point
            continue
        first, last = sorted((known, point), key=lambda point: point.place)
        losers.append(first)
        winners[key] = last
    lost = _per_record(losers)
    met = written.overwritten - len(losers)
    if 0 < met < len(winners) and len({o.row.source for o in outcomes}) > 1:
        return None
    return _shared(outcomes, rejected, lost, max(met, 0))


def _shared(
    outcomes: Sequence[PointOutcome],
    rejected: Mapping[tuple[int, int], int],
    lost: Mapping[tuple[int, int], int],
    met: int,
) -> list[PointRow]:
    rows = []
    for row, *_ in outcomes:
        place = (row.partition, row.offset)
        dead, repeated = rejected.get(place, 0), lost.get(place, 0)
        also = min(met, row.stored - dead - repeated)
        met -= also
        rows.append(
            row._replace(
                stored=row.stored - dead - repeated - also,
                deduplicated=repeated + also,
                dead=row.dead + dead,
            )
        )
    return rows


def _per_record(points: Iterable[Point]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for point in points:
        place = (point.partition, point.offset)
        found[place] = found.get(place, 0) + 1
    return found


def halves(
    outcomes: Sequence[PointOutcome],
) -> tuple[list[PointOutcome], list[PointOutcome]]:
    """Two parts with about as many sources, none in both."""
    sources = sorted({o.row.source for o in outcomes})
    low = set(sources[: len(sources) // 2])
    return (
        [o for o in outcomes if o.row.source in low],
        [o for o in outcomes if o.row.source not in low],
    )


def measured(
    outcomes: Sequence[PointOutcome], rejected: Iterable[tuple[Point, str]]
) -> tuple[dict[tuple[str, str], Seen], dict[tuple[str, str], tuple[int, float]]]:
    """What the history has got: when each (source, host) was seen, and the newest point of each
    (host, metric) as (Unix ms, value).

    A host is seen when its points come; of imported ones, when they were measured. Of two points
    of one time the later holds.
    """
    lost = {(point.partition, point.offset, point.index) for point, _ in rejected}
    hosts: dict[tuple[str, str], Seen] = {}
    newest: dict[tuple[str, str], tuple[int, float]] = {}
    for row, found, _ in outcomes:
        live = not found.imported
        for host, metric, time_ms, value, index in zip(
            found.host, found.metric, found.time_ms, found.value, found.index, strict=True
        ):
            if lost and (row.partition, row.offset, index) in lost:
                continue
            known = hosts.get((row.source, host))
            at_ms = row.arrival if live else min(time_ms, row.arrival)
            if known is None or known.at_ms < at_ms or known.live < live:
                hosts[row.source, host] = Seen(at_ms, live).and_(known)
            last = newest.get((host, metric))
            if last is None or last[0] <= time_ms:
                newest[host, metric] = time_ms, value
    return hosts, newest


def refused(rejected: Iterable[tuple[Point, str]]) -> dict[tuple[int, int], list[DeadItem]]:
    """What the history cannot keep, as dead items by (partition, offset)."""
    found: dict[tuple[int, int], list[DeadItem]] = {}
    for point, why in rejected:
        value = as_json(point.host, point.metric, point.time_ms, point.value)
        item = DeadItem(point.index, 1, value, "rejected", why)
        found.setdefault((point.partition, point.offset), []).append(item)
    return found
