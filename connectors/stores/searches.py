"""Hosts, services, patterns and alerts by a part of their name, a few of each."""

from datetime import UTC, datetime
from typing import Any, Final

from connectors.stores.filtering import like
from connectors.stores.postgres import Connection
from schemas.alerts import Alert
from schemas.searches import Hit, Hits

EACH: Final = 8
_WORDS: Final = 8  # of what is looked for

_HOSTS: Final = """
with hosts as (
    select host, service, seen_ms from line_hosts where host ilike %(part)s
    union all select host, '', seen_ms from point_hosts where host ilike %(part)s
)
select host, string_agg(distinct service, ', ') filter (where service <> ''), max(seen_ms)
from hosts group by 1
order by lower(host) <> lower(%(q)s), not starts_with(lower(host), lower(%(q)s)), 3 desc, 1
limit %(limit)s
"""
_SERVICES: Final = """
select service, count(distinct host), max(seen_ms)
from line_hosts where service <> '' and service ilike %(part)s group by 1
order by lower(service) <> lower(%(q)s), not starts_with(lower(service), lower(%(q)s)), 3 desc, 1
limit %(limit)s
"""
_PATTERNS: Final = """
select p.uid, p.template, s.last_seen from (
    select uid, template from patterns where template ilike %(part)s or starts_with(uid, %(q)s)
) as p cross join lateral (
    select max(last_seen) as last_seen from pattern_sightings g where g.uid = p.uid
) as s
where s.last_seen is not null
order by p.uid <> %(q)s, s.last_seen desc, p.uid limit %(limit)s
"""
# By the beginnings of words: any part of a title would mean to read every one of them.
_ALERTS: Final = """
with found as materialized (
    (select id from alerts
     where to_tsvector('simple', document ->> 'title') @@ to_tsquery('simple', %(words)s)
     limit %(most)s)
    union
    (select id from alerts where id >= %(q)s and id < %(beyond)s
     limit %(limit)s)
)
select document from alerts join found using (id)
order by id <> %(q)s, state not in ('pending', 'firing'), severity, last_seen desc, id
limit %(limit)s
"""
_MOST_ALERTS: Final = 5_000  # of those that fit; the likeliest of more are not looked for


async def search(connection: Connection, text: str) -> Hits:
    """What has the text in its name; alerts whose title has words that begin so, or by id."""
    text = text.strip()
    if not text:
        return Hits(hosts=[], services=[], patterns=[], alerts=[])
    bound = {
        "q": text,
        "part": like(text),
        "words": " & ".join(map(_beginning, text.split()[:_WORDS])),
        "beyond": f"{text}\uffff",
        "limit": EACH,
        "most": _MOST_ALERTS,
    }
    await connection.execute("set local jit = off")
    hosts = await _rows(connection, _HOSTS, bound)
    services = await _rows(connection, _SERVICES, bound)
    patterns = await _rows(connection, _PATTERNS, bound)
    alerts = [Alert.model_validate(row[0]) for row in await _rows(connection, _ALERTS, bound)]
    return Hits(
        hosts=[Hit(id=h, title=h, detail=named or "", kind="host") for h, named, _ in hosts],
        services=[
            Hit(id=name, title=name, detail=_hosts(count), kind="service")
            for name, count, _ in services
        ],
        patterns=[
            Hit(id=uid, title=template, detail=f"last seen {_time(at)}", kind="pattern")
            for uid, template, at in patterns
        ],
        alerts=[
            Hit(id=a.id, title=a.title, detail=f"{a.severity}, {a.shown_state}", kind="alert")
            for a in alerts
        ],
    )


def _beginning(word: str) -> str:
    """Whatever begins so, as `to_tsquery` reads it."""
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}':*"


async def _rows(connection: Connection, query: str, bound: dict[str, Any]) -> list[Any]:
    cursor = await connection.execute(query.encode(), bound)
    return await cursor.fetchall()


def _hosts(count: int) -> str:
    return f"{count:,} host{'' if count == 1 else 's'}"


def _time(unix_ms: int) -> str:
    return f"{datetime.fromtimestamp(unix_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
