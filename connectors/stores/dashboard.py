"""The parts of the dashboard, each one or few statements whose cost does not grow with the past."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.stores import hosts, young_patterns
from connectors.stores.postgres import Connection
from connectors.stores.sources import SILENCE_LASTS
from schemas.alerts import AlertSeverity
from schemas.dashboard import (
    BUCKETS,
    ERRORS_FROM,
    NEWEST,
    SPARKS,
    TOP,
    Firing,
    FiringCount,
    Ingest,
    NewPatterns,
    Silent,
    SilentHost,
    SilentSource,
    TopAlert,
    Volume,
)
from schemas.filters import Condition, Filter, Sort
from schemas.severities import Severity
from schemas.windows import Window, starts, step_for

_MINUTE: Final = 60
_TREND_MINUTES: Final = 30

_FIRING: Final = """
select severity, acknowledged, count(*) from alerts
where state in ('pending', 'firing') and shown in ('firing', 'acknowledged') group by 1, 2
"""
_TOP: Final = """
select id, title, severity, acknowledged, host, source, owner, count, first_seen, last_seen, demo
from alerts where state in ('pending', 'firing') and shown in ('firing', 'acknowledged')
order by severity, first_seen desc, id limit %s
"""
_BEGUN: Final = """
select floor(extract(epoch from first_seen) / %(step)s)::bigint, severity, count(*) from alerts
where first_seen >= %(since)s and first_seen < %(until)s group by 1, 2
"""
_ERRORS: Final = """
select minute::bigint * 60 / %(step)s, severity, sum(lines)::bigint from line_minutes
where minute >= %(first)s and minute < %(end)s and severity >= %(worst)s group by 1, 2
"""
_SILENT_SOURCES: Final = """
select source, onset, count(*) over () from signals
where kind = 'source_silent' and active and at >= %s order by onset desc, source limit %s
"""
_RATES: Final = """
select
    (select coalesce(sum(lines), 0) from batches
     where arrival > %(since)s and records = 1 and not expired)::float8,
    (select coalesce(sum(points), 0) from point_batches
     where arrival > %(since)s and records = 1 and not expired)::float8
"""
_LINES: Final = """
select minute, sum(lines)::bigint from line_minutes
where minute >= %s and minute < %s group by minute
"""


async def firing(connection: Connection, window: Window) -> Firing:
    """Alerts that fire now, by severity; and the trend of those that began in the window."""
    rows = await (await connection.execute(_FIRING)).fetchall()
    counts = {(severity, acknowledged): count for severity, acknowledged, count in rows}
    by_severity = [
        FiringCount(
            severity=severity,
            firing=counts.get((severity.rank, False), 0),
            acknowledged=counts.get((severity.rank, True), 0),
        )
        for severity in AlertSeverity
    ]
    step = step_for(window, SPARKS)
    begun = await _begun(connection, window, step)
    return Firing(
        total=sum(one.firing for one in by_severity),
        by_severity=by_severity,
        trend=_filled(window, step, ((bucket, count) for bucket, _, count in begun)),
    )


async def top_alerts(connection: Connection) -> list[TopAlert]:
    """The worst, and of these the youngest."""
    rows = await (await connection.execute(_TOP, (TOP,))).fetchall()
    return [
        TopAlert(
            id=row[0],
            title=row[1],
            severity=list(AlertSeverity)[row[2]],
            state="acknowledged" if row[3] else "firing",
            host=row[4],
            source=row[5],
            owner=row[6],
            count=row[7],
            first_seen=row[8],
            last_seen=row[9],
            demo=row[10],
        )
        for row in rows
    ]


async def patterns(connection: Connection, window: Window) -> NewPatterns:
    """Those that are new in the window."""
    young = await young_patterns.read(connection, window)
    step = step_for(window, SPARKS)
    born = ((one.first_seen // (step * 1000), 1) for one in young)
    return NewPatterns(
        count=len(young),
        items=await young_patterns.described(connection, young[:NEWEST]),
        trend=_filled(window, step, born),
    )


async def silent(connection: Connection, now: datetime) -> Silent:
    """Hosts and sources that are silent now."""
    asked = Filter((Condition("silent", "=", ("true",)),), sort=Sort("last_seen", descending=True))
    found = await hosts.page(connection, asked, now, NEWEST, None)
    quiet = await connection.execute(_SILENT_SOURCES, (now - SILENCE_LASTS, NEWEST))
    sources = await quiet.fetchall()
    return Silent(
        host_count=found.total or 0,
        hosts=[SilentHost(host=one.host, last_seen=one.last_seen) for one in found.items],
        source_count=sources[0][2] if sources else 0,
        sources=[SilentSource(source=source, since=since) for source, since, _ in sources],
    )


async def ingest(connection: Connection, now: datetime) -> Ingest:
    """What came in the last minute; rows of batches are single for so long."""
    since = round((now - timedelta(seconds=_MINUTE)).timestamp() * 1000)
    row = await (await connection.execute(_RATES, {"since": since})).fetchone()
    lines, points = row or (0.0, 0.0)
    end = int(now.timestamp()) // _MINUTE
    first = end - _TREND_MINUTES
    rows = await (await connection.execute(_LINES, (first, end))).fetchall()
    by_minute: dict[int, int] = dict(rows)
    return Ingest(
        lines_per_second=lines / _MINUTE,
        points_per_second=points / _MINUTE,
        lines_trend=[by_minute.get(minute, 0) for minute in range(first, end)],
    )


async def volume(connection: Connection, window: Window) -> Volume:
    """Alerts that began, and lines from error on, over the window."""
    step = max(step_for(window, BUCKETS), _MINUTE)
    begun = await _begun(connection, window, step)
    asked = {
        "step": step,
        "first": window.since_ms // 60_000,
        "end": -(-window.until_ms // 60_000),
        "worst": ERRORS_FROM,
    }
    lines = await (await connection.execute(_ERRORS, asked)).fetchall()
    levels = [level for level in Severity if level >= ERRORS_FROM]
    return Volume(
        step=step,
        starts=starts(window, step),
        alerts={
            severity: _filled(window, step, ((b, n) for b, s, n in begun if s == severity.rank))
            for severity in AlertSeverity
        },
        errors={
            level.name.lower(): _filled(window, step, ((b, n) for b, s, n in lines if s == level))
            for level in levels
        },
    )


async def _begun(connection: Connection, window: Window, step: int) -> list[tuple[Any, ...]]:
    asked = {"step": step, "since": window.since, "until": window.until}
    return await (await connection.execute(_BEGUN, asked)).fetchall()


def _filled(window: Window, step: int, counts: Iterable[tuple[int, int]]) -> list[int]:
    """Counts by number of the step, as a list with a place for each step of the window."""
    first = window.since_ms // (step * 1000)
    found = [0] * len(starts(window, step))
    for bucket, count in counts:
        if 0 <= bucket - first < len(found):
            found[bucket - first] += count
    return found
