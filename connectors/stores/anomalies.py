"""Anomalies of metrics, read from the signals that persist keeps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from connectors.stores.postgres import Connection
from schemas.anomalies import MEDIUM_SCORE, Anomaly, AnomalySeverity, anomaly
from schemas.signals import Signal

# The alert of an anomaly is one of its host that lists it among its signs; the five that began
# last before it are looked at. The host is compared in
# the collation of alerts, else no index of theirs is of use.
_LISTED: Final = """
with chosen as (
    select s.id, s.host collate "default" as host, s.scope, s.onset, s.document, s.peak_at,
        s.peak_value, coalesce(s.peak_at, s.at) as time
    from signals s
    where s.kind = 'anomaly' and coalesce(s.peak_at, s.at) >= %(since)s
      and coalesce(s.peak_at, s.at) < %(until)s
      and (%(host)s::text is null or s.host = %(host)s)
      and (%(metric)s::text is null or s.metric = %(metric)s)
      and (%(severities)s::text[] is null
        or case when s.strength = 'paging' then 'high' when s.score >= %(medium)s then 'medium'
           else 'low' end = any(%(severities)s))
    order by coalesce(s.peak_at, s.at) desc, s.id limit %(limit)s
)
select c.document, c.peak_at, c.peak_value, a.id from chosen c
left join lateral (
    select near.id from (
        select id, first_seen, document from alerts
        where alerts.host = c.host and alerts.first_seen <= c.onset and alerts.last_seen >= c.onset
        order by alerts.first_seen desc limit 5
    ) near
    where near.document -> 'annotations' ? ('anomaly ' || c.scope)
    order by near.first_seen desc limit 1
) a on true
order by c.time desc, c.id
"""
_COUNTED: Final = """
select s.metric, count(*) from signals s
where s.kind = 'anomaly' and s.host = %(host)s and coalesce(s.peak_at, s.at) >= %(since)s
group by s.metric
"""


class Wanted(NamedTuple):
    """Those whose farthest moment lies in [since, until); None does not restrict."""

    since: datetime
    until: datetime
    host: str | None = None
    metric: str | None = None
    severities: Sequence[AnomalySeverity] | None = None


async def listed(connection: Connection, wanted: Wanted, limit: int) -> list[Anomaly]:
    """The newest first."""
    asked = wanted._asdict() | {"limit": limit, "medium": MEDIUM_SCORE}
    cursor = await connection.execute(_LISTED, asked)
    return [
        anomaly(
            Signal.model_validate(document),
            (peak_at, peak_value) if peak_at else None,
            alert_id,
        )
        for document, peak_at, peak_value, alert_id in await cursor.fetchall()
    ]


async def counted(connection: Connection, host: str, since: datetime) -> dict[str, int]:
    """How many there were of each metric of a host."""
    cursor = await connection.execute(_COUNTED, {"host": host, "since": since})
    return dict(await cursor.fetchall())
