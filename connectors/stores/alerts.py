"""Alerts: the newest version of each, every version once, and the books of their topic.

Written by persist in its transaction. Of two versions the higher wins, whenever it comes.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from connectors.stores import postgres
from connectors.stores.columns import columns, document, json_text, storable
from schemas.alerts import Alert, AlertSeverity

Connection = psycopg.Connection[tuple[Any, ...]]


class Record(NamedTuple):
    """One record of the topic `alerts`; without an alert it could not be read.

    `stamp` is the record's own time, Unix ms; with it the place is one for ever, also when the
    topic was lost and begins anew.
    """

    partition: int
    offset: int
    stamp: int
    alert: Alert | None


_EVENTS = """
insert into alert_events (id, version, partition, "offset", stamp, document)
select * from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::jsonb[])
     as came (id)
where not exists (select from alerts_removed r where r.id = came.id) on conflict do nothing
"""
_STRAYS = """
insert into alert_strays (partition, "offset", stamp, kind)
select partition, place, stamp, case when id = '' then 'dead' else 'repeat' end
from unnest(%s::text[], %s::int[], %s::int[], %s::bigint[], %s::bigint[])
     as came (id, version, partition, place, stamp)
where not exists (
    select from alert_events e where (e.id, e.version) = (came.id, came.version)
    and (e.partition, e."offset", e.stamp) = (came.partition, came.place, came.stamp)
) on conflict do nothing
"""
_NEWEST = """
insert into alerts (id, fingerprint, version, state, severity, source, host, first_seen,
                    last_seen, demo, document, type, acknowledged, suppressed, owner, service,
                    count, labels, title, words, worst)
select * from unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::smallint[], %s::text[],
                     %s::text[], %s::timestamptz[], %s::timestamptz[], %s::bool[], %s::jsonb[],
                     %s::text[], %s::bool[], %s::bool[], %s::text[], %s::text[], %s::int[],
                     %s::jsonb[], %s::text[], %s::text[], %s::bigint[])
     as came (id)
where not exists (select from alerts_removed r where r.id = came.id) on conflict (id) do update
set fingerprint = excluded.fingerprint, version = excluded.version, state = excluded.state,
    severity = excluded.severity, source = excluded.source, host = excluded.host,
    first_seen = excluded.first_seen, last_seen = excluded.last_seen, demo = excluded.demo,
    document = excluded.document, type = excluded.type, acknowledged = excluded.acknowledged,
    suppressed = excluded.suppressed, owner = excluded.owner, service = excluded.service,
    count = excluded.count, labels = excluded.labels, title = excluded.title,
    words = excluded.words, worst = excluded.worst
where alerts.version < excluded.version
"""
_FRONTIERS = """
insert into alert_frontiers (partition, "offset", stamp)
select * from unnest(%s::int[], %s::bigint[], %s::bigint[])
on conflict (partition) do update set "offset" = excluded."offset", stamp = excluded.stamp
where alert_frontiers.stamp <= excluded.stamp
"""


async def store(connection: postgres.Connection, records: Sequence[Record]) -> None:
    """The effects of records, in the order of the topic; again changes nothing."""
    came = [(r.alert.id, r.alert.version, *r[:3]) if r.alert else ("", 0, *r[:3]) for r in records]
    alerts = [(record, record.alert) for record in records if record.alert]
    if alerts:
        events = ((a.id, a.version, *r[:3], document(a)) for r, a in alerts)
        await connection.execute(_EVENTS, columns(storable(events)))
    await connection.execute(_STRAYS, columns(storable(came)))
    newest: dict[str, Alert] = {}
    for _, alert in alerts:
        if alert.id not in newest or newest[alert.id].version < alert.version:
            newest[alert.id] = alert
    if newest:
        rows = (_row(newest[id_]) for id_ in sorted(newest))  # two writers cannot wait in a circle
        await connection.execute(_NEWEST, columns(storable(rows)))
    last = {record.partition: record[:3] for record in records}
    await connection.execute(_FRONTIERS, columns(last[number] for number in sorted(last)))


def _row(alert: Alert) -> tuple[Any, ...]:
    return (
        alert.id,
        alert.fingerprint,
        alert.version,
        alert.state.value,
        alert.severity.rank,
        alert.source,
        alert.labels.get("host", ""),
        alert.first_seen,
        alert.last_seen,
        alert.demo,
        document(alert),
        alert.type,
        alert.acknowledged,
        alert.suppressed,
        alert.owner,
        alert.labels.get("service", ""),
        alert.count,
        json_text(alert.labels),
        alert.title,
        f"{alert.id}\n{alert.title}\n{alert.description}",
        _worst(alert),
    )


def _worst(alert: Alert) -> int:
    """Ascending: open before closed, then by severity, then the youngest first."""
    rank = alert.severity.rank + (0 if alert.state.is_open else 8)
    return rank * 2**44 - math.floor(alert.first_seen.timestamp() * 1000)


_LISTED = """
select document from alerts
where (%(closed)s or state in ('pending', 'firing'))
  and (%(host)s::text is null or host = %(host)s)
  and (%(worst)s::int is null or severity <= %(worst)s)
order by state not in ('pending', 'firing'), severity, first_seen desc, id limit %(limit)s
"""


def listed(
    connection: Connection,
    *,
    closed: bool = False,
    host: str | None = None,
    severity: AlertSeverity | None = None,
    limit: int | None = None,
) -> list[Alert]:
    """Open ones, the worst and then the youngest first; with `closed` the others after them.

    `severity` is the least severity that is listed.
    """
    worst = severity.rank if severity else None
    asked = {"closed": closed, "host": host, "worst": worst, "limit": limit}
    return [Alert.model_validate(row[0]) for row in connection.execute(_LISTED, asked)]


class Numbers(NamedTuple):
    """How many alerts are open, and how many are of demo data, open or not."""

    open: int
    demo: int


def numbers(connection: Connection) -> Numbers:
    """Of all alerts."""
    row = connection.execute(
        "select count(*) filter (where state in ('pending', 'firing')),"
        " count(*) filter (where demo) from alerts"
    ).fetchone()
    return Numbers(*row) if row else Numbers(0, 0)


def versions(connection: Connection) -> dict[str, int]:
    """The newest version of every alert, by its id."""
    return dict(connection.execute("select id, version from alerts").fetchall())


def one(connection: Connection, alert_id: str) -> Alert | None:
    """The newest version of an alert; None when there is no such alert."""
    row = connection.execute("select document from alerts where id = %s", (alert_id,)).fetchone()
    return Alert.model_validate(row[0]) if row else None


def beginning(connection: Connection, start: str) -> list[str]:
    """The ids that begin so; of an id that is written out it alone."""
    rows = connection.execute(
        "select id from alerts where id = %(start)s"
        " union select id from alerts where %(start)s <> '' and starts_with(id, %(start)s)"
        " order by id",
        {"start": start},
    ).fetchall()
    ids = [str(row[0]) for row in rows]
    return [start] if start in ids else ids


def history(connection: Connection, alert_id: str) -> list[Alert]:
    """Every version of an alert, the first first."""
    found = connection.execute(
        "select document from alert_events where id = %s order by version", (alert_id,)
    )
    return [Alert.model_validate(row[0]) for row in found]


def remove_demo(connection: Connection) -> int:
    """Deletes alerts of demo data with their history; what still comes of them is not stored.

    Returns how many alerts there were.
    """
    with connection.transaction():
        # In the order of `store`: who has looked already whether an alert is removed is waited for.
        connection.execute("lock table alert_events, alerts in share row exclusive mode")
        connection.execute(
            "insert into alerts_removed select id from alerts where demo on conflict do nothing"
        )
        connection.execute(
            "delete from alert_events using alerts_removed r where r.id = alert_events.id"
        )
        return connection.execute("delete from alerts where demo").rowcount
