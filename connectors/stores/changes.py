"""What changed in a place before an alert began."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from psycopg.sql import SQL

from connectors.stores.postgres import Connection
from schemas.alert_lists import as_row
from schemas.alerts import Alert
from schemas.changes import ChangedSeries, Changes, NewPattern, Rollout

BEFORE: Final = timedelta(minutes=30)
_LISTED: Final = 50  # of each kind

_IN_PLACE: Final = SQL("""
(%(source)s = '' or s.source = %(source)s)
and (%(host)s = '' or exists (select from pattern_hours h
     where h.source = s.source and h.uid = s.uid and h.host = %(host)s))
""")
_PATTERNS: Final = SQL("""
select s.uid, coalesce(p.template, ''), coalesce(p.sample, ''), s.source, s.first_seen
from pattern_sightings s left join patterns p using (uid)
where s.first_seen between %(since_ms)s and %(until_ms)s and {}
order by s.first_seen desc, s.uid limit %(listed)s
""").format(_IN_PLACE)
_ROLLOUTS: Final = SQL("""
select s.uid, p.template, p.sample, s.source, m.lines, m.minute
from patterns p join pattern_sightings s using (uid) cross join lateral (
    select sum(lines)::bigint as lines, max(minute) as minute from pattern_minutes
    where source = s.source and uid = s.uid
      and minute between %(since_ms)s / 60000 and %(until_ms)s / 60000
) m
where p.template ~* %(rollout)s and s.last_seen >= %(since_ms)s and s.first_seen <= %(until_ms)s
  and {} and m.lines > 0
order by m.minute desc, s.uid limit %(listed)s
""").format(_IN_PLACE)
_ROLLOUT_WORDS: Final = r"\m(deploy|roll(ed|ing)?[ -]?(out|back)|releas|upgrad|restart|reboot)"
_SERIES: Final = """
select id, kind, scope, host, source, metric, pattern, onset, active, strength, value, unit, reason
from signals
where kind <> 'new_pattern' and onset between %(since)s and %(until)s
  and (%(source)s = '' or source = %(source)s) and (%(host)s = '' or host = %(host)s)
order by onset desc, id limit %(listed)s
"""
_ALERTS: Final = """
select document from alerts
where id <> %(id)s and first_seen between %(since)s and %(until)s
  and (%(source)s = '' or labels ->> 'source' = %(source)s) and (%(host)s = '' or host = %(host)s)
order by first_seen desc, id limit %(listed)s
"""


async def before(connection: Connection, alert: Alert) -> Changes:
    """Everything of the half hour before the alert."""
    host = alert.labels.get("host", "")
    source = "" if host else alert.labels.get("source", "")
    since, until = alert.first_seen - BEFORE, alert.first_seen
    asked = {
        "id": alert.id,
        "host": host,
        "source": source,
        "since": since,
        "until": until,
        "since_ms": round(since.timestamp() * 1000),
        "until_ms": round(until.timestamp() * 1000),
        "rollout": _ROLLOUT_WORDS,
        "listed": _LISTED,
    }
    patterns = [
        NewPattern(uid=uid, template=template, sample=sample, source=of, first_seen=_at(first))
        for uid, template, sample, of, first in await _rows(connection, _PATTERNS, asked)
    ]
    rollouts = [
        Rollout(uid=uid, template=template, sample=sample, source=of, lines=lines, last_minute=last)
        for uid, template, sample, of, lines, last in [
            (*row[:5], _at(row[5] * 60_000)) for row in await _rows(connection, _ROLLOUTS, asked)
        ]
    ]
    names = ["signal_id", *list(ChangedSeries.model_fields)[1:]]
    series = [
        ChangedSeries.model_validate(dict(zip(names, row, strict=True)))
        for row in await _rows(connection, _SERIES, asked)
    ]
    alerts = [
        as_row(Alert.model_validate(row[0])) for row in await _rows(connection, _ALERTS, asked)
    ]
    place = f"host {host}" if host else f"source {source}" if source else "everything"
    return Changes(
        since=since,
        until=until,
        place=place,
        new_patterns=patterns,
        rollouts=rollouts,
        series=series,
        alerts=alerts,
    )


async def _rows(connection: Connection, query: Any, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query, asked)).fetchall()


def _at(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
