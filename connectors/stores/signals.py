"""Signals: the newest version of each, and the moment that was farthest from what is usual.

Written by persist in its transaction. Of two versions the higher wins, whenever it comes; the
farthest moment is the same in whatever order versions come.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg

from connectors.stores import postgres
from connectors.stores.columns import columns, document, storable
from schemas.signals import Signal


class Record(NamedTuple):
    """One record of the topic `signals`; without a signal it could not be read.

    `stamp` is the record's own time, Unix ms.
    """

    partition: int
    offset: int
    stamp: int
    signal: Signal | None


class Peak(NamedTuple):
    """Of the versions of a signal that was active and had a value, the farthest from the mean."""

    version: int | None = None
    at: datetime | None = None
    value: float | None = None
    off: float | None = None


_NEWEST = """
insert into signals as kept (
    id, version, kind, scope, active, strength, score, host, service, source, metric, pattern,
    severity, onset, at, value, unit, mean, std, low, high, reason, demo, document,
    peak_version, peak_at, peak_value, peak_off)
select * from unnest(
    %s::text[], %s::int[], %s::text[], %s::text[], %s::bool[], %s::text[], %s::float8[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::smallint[],
    %s::timestamptz[], %s::timestamptz[], %s::float8[], %s::text[], %s::float8[], %s::float8[],
    %s::float8[], %s::float8[], %s::text[], %s::bool[], %s::jsonb[],
    %s::int[], %s::timestamptz[], %s::float8[], %s::float8[]) as came (id)
where not exists (select from signals_removed r where r.id = came.id) on conflict (id) do update
set (version, kind, scope, active, strength, score, host, service, source, metric, pattern,
     severity, onset, at, value, unit, mean, std, low, high, reason, demo, document)
  = (excluded.version, excluded.kind, excluded.scope, excluded.active, excluded.strength,
     excluded.score, excluded.host, excluded.service, excluded.source, excluded.metric,
     excluded.pattern, excluded.severity, excluded.onset, excluded.at, excluded.value,
     excluded.unit, excluded.mean, excluded.std, excluded.low, excluded.high, excluded.reason,
     excluded.demo, excluded.document)
where kept.version < excluded.version
"""
_PEAKS = """
update signals set peak_version = came.version, peak_at = came.at, peak_value = came.value,
                   peak_off = came.off
from unnest(%s::text[], %s::int[], %s::timestamptz[], %s::float8[], %s::float8[])
     as came (id, version, at, value, off)
where signals.id = came.id
  and (peak_off is null or (came.off, -came.version) > (peak_off, -peak_version))
"""
_FRONTIERS = """
insert into signal_frontiers (partition, "offset", stamp)
select * from unnest(%s::int[], %s::bigint[], %s::bigint[])
on conflict (partition) do update set "offset" = excluded."offset", stamp = excluded.stamp
where signal_frontiers.stamp <= excluded.stamp
"""


async def store(connection: postgres.Connection, records: Sequence[Record]) -> None:
    """The effects of records, in the order of the topic; again changes nothing."""
    newest: dict[str, Signal] = {}
    peaks: dict[str, Peak] = {}
    for signal in (record.signal for record in records if record.signal):
        if signal.id not in newest or newest[signal.id].version < signal.version:
            newest[signal.id] = signal
        peaks[signal.id] = farther(peaks.get(signal.id, Peak()), signal)
    if newest:
        ids = sorted(newest)  # two writers cannot wait in a circle
        rows = ((*_row(newest[id_]), *peaks[id_]) for id_ in ids)
        await connection.execute(_NEWEST, columns(storable(rows)))
        found = [(id_, *peaks[id_]) for id_ in ids if peaks[id_].version is not None]
        if found:
            await connection.execute(_PEAKS, columns(storable(found)))
    last = {record.partition: record[:3] for record in records}
    await connection.execute(_FRONTIERS, columns(last[number] for number in sorted(last)))


def farther(peak: Peak, signal: Signal) -> Peak:
    """The peak once this version is known, too. Pure; the order of versions does not matter."""
    if not signal.active or signal.value is None:
        return peak
    off = abs(signal.value - signal.baseline.mean) if signal.baseline else 0.0
    found = Peak(signal.version, signal.at, signal.value, off)
    if peak.version is None or peak.off is None:
        return found
    return max(peak, found, key=lambda one: (one.off or 0.0, -(one.version or 0)))


def _row(signal: Signal) -> tuple[Any, ...]:
    base = signal.baseline
    usual = (base.mean, base.std, base.low, base.high) if base else (None,) * 4
    return (
        signal.id,
        signal.version,
        signal.kind,
        signal.scope,
        signal.active,
        signal.strength,
        signal.score,
        signal.host,
        signal.service,
        signal.source,
        signal.metric,
        signal.pattern,
        max(min(signal.severity, 2**15 - 1), 0),
        signal.onset,
        signal.at,
        signal.value,
        signal.unit,
        *usual,
        signal.reason,
        signal.demo,
        document(signal),
    )


async def forget(connection: postgres.Connection, before: datetime) -> int:
    """Deletes signals without news since then; returns how many."""
    cursor = await connection.execute("delete from signals where at < %s", (before,))
    await connection.execute("delete from signals_removed where removed_at < %s", (before,))
    return cursor.rowcount


def remove_demo(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    """Deletes signals of made-up data; what still comes of them is not stored.

    Returns how many there were.
    """
    with connection.transaction():
        connection.execute(
            "insert into signals_removed (id) select id from signals where demo"
            " on conflict do nothing"
        )
        return connection.execute("delete from signals where demo").rowcount


def all_newest(connection: psycopg.Connection[tuple[Any, ...]]) -> Iterable[Signal]:
    """The newest version of every signal, by id."""
    for row in connection.execute("select document from signals order by id"):
        yield Signal.model_validate(row[0])
