"""What one record of metrics.raw holds: points that can be kept, and what is dead of it.

Pure, and the same for every stage that reads the topic: the bytes, the arrival and the retention
decide. Names and units are canonical, untimed points have the arrival, numbers are finite.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from agents.parsing.record import Record
from schemas import headers
from schemas.errors import InvalidEvent
from schemas.metric_names import NAME_CHARACTERS, Rule, canonical
from schemas.metrics import METRIC_BATCH, UNTIMED, MetricBatch, decode_metrics
from schemas.strange_points import OVERSIZED, DeadItem, joined, read_points

NOT_A_NUMBER: Final = "not a number"
TOO_OLD: Final = "too old"
TOO_NEW: Final = "too new"
DAY_MS: Final = 86_400_000
AHEAD_MS: Final = 3_600_000
_Columns = tuple[Sequence[str], Sequence[str], Sequence[int], Sequence[float], Sequence[int]]
LARGEST: Final = 1e100  # its square is still a number, so that statistics can be made of it


@dataclass(frozen=True, slots=True)
class Measured:
    """Points as columns of equal length. `index` is a point's place in its record, where dead ones
    count too; the last of the same (host, metric, time) wins. `arrival` is the record's, Unix ms.
    """

    source: str
    host: Sequence[str] = ()
    metric: Sequence[str] = ()
    time_ms: Sequence[int] = ()
    value: Sequence[float] = ()
    index: Sequence[int] = ()
    dead: list[DeadItem] = field(default_factory=list)
    imported: bool = False
    demo: bool = False
    arrival: int = 0

    @property
    def points(self) -> int:
        """All that the record held, living and dead."""
        return len(self.value) + sum(item.points for item in self.dead)


def read(record: Record, retention_ms: int) -> Measured:
    """The points of a record, ours or a stranger's. Never raises for what bytes hold.

    Dead are points older than `retention_ms` before the record's arrival or more than an hour
    ahead of it, and those that are no finite number.
    """
    try:
        batch, index, dead = _batch(record)
    except InvalidEvent as error:
        points = max(record.stated_points or 1, 1)
        whole = DeadItem(-1, points, record.value, error.reason, error.detail)
        return Measured(record.source, dead=[whole])
    source = batch.source.replace("\x00", "")[:200] or record.topic
    if not batch.value:
        return Measured(source, dead=joined(dead))
    host = _hosts(batch.host, source)
    metric, value = _in_our_units(batch.metric, batch.value)
    time_ms = batch.time_ms
    if UNTIMED in time_ms:
        time_ms = [time or record.arrival for time in time_ms]
    columns: _Columns = (host, metric, time_ms, value, index)
    oldest, newest = record.arrival - retention_ms, record.arrival + AHEAD_MS
    if not _all_sound(host, metric, time_ms, value, oldest, newest):
        columns, found = _separated(columns, oldest, newest)
        dead = [*dead, *found]
    return Measured(source, *columns, joined(dead), batch.imported, batch.demo, record.arrival)


def _batch(record: Record) -> tuple[MetricBatch, Sequence[int], list[DeadItem]]:
    """The columns of a record and the places of its points. Raises InvalidEvent."""
    schema = record.schema
    if schema and schema.startswith("MetricBatch/"):
        if schema != METRIC_BATCH.decode():
            raise InvalidEvent("unknown version", schema)
        batch = decode_metrics(record.value)
        return batch, range(len(batch.value)), []
    found = read_points(record.value, record.source)
    return found.as_batch(record.source), found.index, found.dead


def _hosts(hosts: list[str], source: str) -> list[str]:
    """Without NUL, which no database keeps; a point without a host is the source's."""
    different = {host: host.replace("\x00", headers.NUL_PICTURE) or source for host in set(hosts)}
    if all(host == ours for host, ours in different.items()):
        return hosts
    return [different[host] for host in hosts]


def _in_our_units(metrics: list[str], values: list[float]) -> tuple[list[str], list[float]]:
    rules: dict[str, Rule] = {}
    same = True
    for metric in set(metrics):
        rule = canonical(metric.replace("\x00", headers.NUL_PICTURE))
        rules[metric] = rule
        same = same and rule.name == metric and not rule.converts
    if same:
        return metrics, values
    found = [rules[metric] for metric in metrics]
    converted = [v * r.factor + r.shift for v, r in zip(values, found, strict=True)]
    return [rule.name for rule in found], converted


def _all_sound(
    host: list[str],
    metric: list[str],
    time_ms: list[int],
    value: list[float],
    oldest: int,
    newest: int,
) -> bool:
    """Whether nothing is dead, at the price of a few passes over each column."""
    return (
        min(time_ms) >= oldest
        and max(time_ms) <= newest
        and math.isfinite(sum(value))  # NaN would hide from min and max
        and min(value) >= -LARGEST
        and max(value) <= LARGEST
        and max(map(len, set(host))) <= NAME_CHARACTERS
        and max(map(len, set(metric))) <= NAME_CHARACTERS
        and min(map(len, set(metric))) > 0
    )


def _separated(columns: _Columns, oldest: int, newest: int) -> tuple[_Columns, list[DeadItem]]:
    """The living points, and each dead one as JSON that would be read as the same point."""
    living: list[tuple[str, str, int, float, int]] = []
    dead: list[DeadItem] = []
    for host, metric, time_ms, value, index in zip(*columns, strict=True):
        fault = _fault(host, metric, time_ms, value, oldest, newest)
        if fault is None:
            living.append((host, metric, time_ms, value, index))
        else:
            dead.append(DeadItem(index, 1, as_json(host, metric, time_ms, value), *fault))
    if not living:
        return ((), (), (), (), ()), dead
    hosts, metrics, times, values, places = zip(*living, strict=True)
    return (hosts, metrics, times, values, places), dead


def _fault(
    host: str, metric: str, time_ms: int, value: float, oldest: int, newest: int
) -> tuple[str, str] | None:
    if not -LARGEST <= value <= LARGEST:  # also true for NaN
        return NOT_A_NUMBER, f"{value}"
    if time_ms < oldest:
        return TOO_OLD, f"{time_ms} is beyond the retention, which began at {oldest}"
    if time_ms > newest:
        return TOO_NEW, f"{time_ms} is more than an hour ahead"
    if max(len(host), len(metric)) > NAME_CHARACTERS:
        return OVERSIZED, f"a host or a name of more than {NAME_CHARACTERS} characters"
    return None if metric else ("no metric", "a point without a name")


def as_json(host: str, metric: str, time_ms: int, value: float) -> bytes:
    """One point as a stranger would send it; what is no number stands there as text."""
    said = value if math.isfinite(value) else str(value)
    return msgspec.json.encode({"host": host, "name": metric, "timestamp": time_ms, "value": said})
