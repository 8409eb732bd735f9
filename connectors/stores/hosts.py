"""Hosts, from what is kept of their points, their lines and the alerts about them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL, Composable, Placeholder

from connectors.stores import anomalies
from connectors.stores.filtering import Column, Order, Where, order, unix_ms, where
from connectors.stores.postgres import Connection
from schemas.alerts import AlertSeverity
from schemas.demo import SOURCE_PREFIX
from schemas.filter_values import flag, number
from schemas.filters import Filter, Sort
from schemas.hosts import (
    CURRENT_FOR,
    SILENT_AFTER,
    HostAlert,
    HostDetail,
    HostMetric,
    HostSource,
    HostState,
    HostView,
)
from schemas.metric_names import is_counter, unit_of
from schemas.pages import Page, to_cursor
from schemas.totals import rate_name

_OPEN_ALERTS: Final = 20
_USUAL: Final = Sort("state", descending=True)  # the worst first
_HOSTS: Final = SQL("""
with measured as (
    select host, count(*)::int as metrics,
        max(value) filter (where current and metric = 'cpu_usage') as cpu_usage,
        max(value) filter (where current and metric = 'memory_used_percent') as memory,
        max(value) filter (where current and (metric = 'disk_used_percent'
            or starts_with(metric, 'disk_used_percent['))) as disk
    from (
        select host, metric, value,
            time_ms > max(time_ms) over (partition by host) - %(current_ms)s as current
        from last_points where %(one)s::text is null or host = %(one)s
    ) as points group by host
), told as (
    select host, array_agg(distinct source order by source) as sources,
        array_remove(array_agg(distinct service order by service), '') as services,
        max(seen_ms) as seen_ms, bool_or(live) as live,
        bool_and(starts_with(source, %(demo_prefix)s)) as demo
    from (
        select host, source, service, seen_ms, live from line_hosts
        union all
        select host, source, '', seen_ms, live from point_hosts
    ) as tellers where %(one)s::text is null or host = %(one)s group by host
), alarmed as (
    select host, count(*)::int as firing, min(severity)::int as worst, bool_and(demo) as demo
    from alerts
    where shown in ('firing', 'acknowledged') and host <> ''
      and (%(one)s::text is null or host = %(one)s)
    group by host
), joined as (
    select host, coalesce(sources, '{{}}') as sources, coalesce(services, '{{}}') as services,
        seen_ms, coalesce(live, false) as live, coalesce(told.demo, alarmed.demo, false) as demo,
        coalesce(metrics, 0) as metrics, cpu_usage, memory, disk,
        coalesce(firing, 0) as firing, worst,
        coalesce(live and seen_ms < %(silent_before)s, false) as silent
    from told full join measured using (host) full join alarmed using (host)
), hosts as (
    select *, case when firing > 0 then 'alerting' when silent then 'silent' else 'ok' end as state,
        case when firing > 0 then worst when silent then 10 else 20 end as rank
    from joined
), chosen as (select * from hosts where {chosen})
select host, state, worst, firing, silent, seen_ms, sources, services, metrics, cpu_usage, memory,
    disk, live, demo, rank, (select count(*) from chosen)
from chosen where {after} {order} limit %(limit)s
""")
_ALERTS: Final = """
select id, title, severity, shown, first_seen, last_seen
from alerts where host = %s and state in ('pending', 'firing')
order by severity, first_seen desc, id limit %s
"""
_TELLERS: Final = """
select source, 'lines', service, seen_ms from line_hosts where host = %(host)s
union all select source, 'points', '', seen_ms from point_hosts where host = %(host)s
order by 1, 2, 3
"""
_METRICS: Final = SQL("""
select metric, value, time_ms, (select count(*) from last_points where host = %(host)s and {chosen})
from last_points where host = %(host)s and {chosen} and {after} {order} limit %(limit)s
""")
_METRIC_COLUMNS: Final = {"metric": Column("metric")}


def _rank(word: str) -> int:
    return AlertSeverity(word).rank


def _columns(now: datetime) -> dict[str, Column]:
    return {
        "host": Column("host"),
        "state": Column("state"),
        "severity": Column("coalesce(worst, 9)", _rank, inverted=True),
        "firing": Column("firing", number, holds=int),
        "metrics": Column("metrics", number, holds=int),
        "last_seen": Column("coalesce(seen_ms, 0)", unix_ms(now), holds=int),
        "cpu_usage": Column("coalesce(cpu_usage, -1)", number, holds=float),
        "memory_used_percent": Column("coalesce(memory, -1)", number, holds=float),
        "disk_used_percent": Column("coalesce(disk, -1)", number, holds=float),
        "silent": Column("silent", flag),
        "demo": Column("demo", flag),
    }


def _order(asked: Filter, columns: dict[str, Column]) -> Order:
    """By state: the worst severity of those that fire, then the silent ones."""
    ranked = columns | {"state": Column("rank", inverted=True, holds=int)}
    return order(asked.sort, _USUAL, ranked, "host")


def _told_by(asked: Filter) -> tuple[Filter, Where]:
    """The conditions on sources and services, of which a host has several."""
    made: list[Composable] = []
    bound: dict[str, Any] = {}
    for place, condition in enumerate(asked.conditions):
        if condition.field in ("source", "service"):
            shares = SQL("{}s && {}").format(SQL(condition.field), Placeholder(f"t{place}"))
            made.append(SQL("not {}").format(shares) if condition.operator == "!=" else shares)
            bound[f"t{place}"] = list(condition.values)
    rest = asked.without("source").without("service")
    return rest, Where(SQL(" and ").join(made) if made else SQL("true"), bound)


class _Row(NamedTuple):
    host: str
    state: HostState
    worst: int | None
    firing: int
    silent: bool
    seen_ms: int | None
    sources: list[str]
    services: list[str]
    metrics: int
    cpu_usage: float | None
    memory: float | None
    disk: float | None
    live: bool
    demo: bool
    rank: int
    total: int


def _view(row: _Row) -> HostView:
    return HostView(
        host=row.host,
        state=row.state,
        severity=None if row.worst is None else list(AlertSeverity)[row.worst],
        firing=row.firing,
        silent=row.silent,
        last_seen=None if row.seen_ms is None else _moment(row.seen_ms),
        sources=row.sources,
        services=row.services,
        metrics=row.metrics,
        cpu_usage=row.cpu_usage,
        memory_used_percent=row.memory,
        disk_used_percent=row.disk,
        live=row.live,
        demo=row.demo,
    )


def _moment(unix_ms_: int) -> datetime:
    return datetime.fromtimestamp(unix_ms_ / 1000, UTC)


def _bound(now: datetime, one: str | None) -> dict[str, Any]:
    return {
        "one": one,
        "current_ms": round(CURRENT_FOR.total_seconds() * 1000),
        "silent_before": round((now - SILENT_AFTER).timestamp() * 1000),
        "demo_prefix": SOURCE_PREFIX,
    }


async def page(
    connection: Connection, asked: Filter, now: datetime, limit: int, cursor: str | None
) -> Page[HostView]:
    """Hosts that match, the worst first unless it is asked otherwise. Raises InvalidEvent."""
    columns = _columns(now)
    rest, tellers = _told_by(asked)
    chosen = where(rest, columns, ["host", "array_to_string(services, ' ')"])
    ordered = _order(asked, columns)
    after = ordered.after(cursor)
    statement = _HOSTS.format(
        chosen=SQL("{} and {}").format(tellers.sql, chosen.sql),
        after=after.sql,
        order=ordered.sql,
    )
    bound = _bound(now, None) | chosen.bound | tellers.bound | after.bound | {"limit": limit + 1}
    found = [_Row(*row) for row in await (await connection.execute(statement, bound)).fetchall()]
    rows = found[:limit]
    following = None
    if len(found) > limit:
        following = to_cursor([ordered.name, _sorted_by(ordered, rows[-1]), rows[-1].host])
    total = found[0].total if found else (0 if cursor is None else None)
    return Page(items=[_view(row) for row in rows], next_cursor=following, total=total)


def _sorted_by(ordered: Order, row: _Row) -> str | int | float:
    values: dict[str, str | int | float] = {
        "rank": row.rank,
        "host": row.host,
        "firing": row.firing,
        "metrics": row.metrics,
        "coalesce(seen_ms, 0)": row.seen_ms or 0,
        "coalesce(cpu_usage, -1)": -1 if row.cpu_usage is None else row.cpu_usage,
        "coalesce(memory, -1)": -1 if row.memory is None else row.memory,
        "coalesce(disk, -1)": -1 if row.disk is None else row.disk,
    }
    return values[ordered.column.sql]


async def one(connection: Connection, host: str, now: datetime) -> HostDetail | None:
    """One host with its open alerts and who tells of it; None when there is no such host."""
    statement = _HOSTS.format(
        chosen=SQL("host = {one}").format(one=Placeholder("one")),
        after=SQL("true"),
        order=SQL("order by host"),
    )
    cursor = await connection.execute(statement, _bound(now, host) | {"limit": 1})
    row = await cursor.fetchone()
    if row is None:
        return None
    strange = await anomalies.counted(connection, host, now - timedelta(hours=24))
    alerts = await connection.execute(_ALERTS, (host, _OPEN_ALERTS))
    tellers = await connection.execute(_TELLERS, {"host": host})
    return HostDetail(
        **_view(_Row(*row)).model_dump(),
        anomalies_24h=sum(strange.values()),
        alerts=[_alert(*found) for found in await alerts.fetchall()],
        told_by=[
            HostSource(source=source, kind=kind, service=service, last_seen=_moment(seen_ms))
            for source, kind, service, seen_ms in await tellers.fetchall()
        ],
    )


def _alert(
    id_: str,
    title: str,
    severity: int,
    state: str,
    first_seen: datetime,
    last_seen: datetime,
) -> HostAlert:
    return HostAlert(
        id=id_,
        title=title,
        severity=list(AlertSeverity)[severity],
        state=state,
        first_seen=first_seen,
        last_seen=last_seen,
    )


async def metrics(
    connection: Connection,
    host: str,
    asked: Filter,
    now: datetime,
    paging: tuple[int, str | None],
) -> Page[HostMetric]:
    """Metrics of a host by name; `paging` is limit and cursor. Raises InvalidEvent."""
    limit, cursor = paging
    chosen = where(asked, _METRIC_COLUMNS, ["metric"])
    ordered = order(asked.sort, Sort("metric"), _METRIC_COLUMNS, "metric")
    after = ordered.after(cursor)
    statement = _METRICS.format(chosen=chosen.sql, after=after.sql, order=ordered.sql)
    bound = {"host": host, "limit": limit + 1} | chosen.bound | after.bound
    found = await (await connection.execute(statement, bound)).fetchall()
    strange = await anomalies.counted(connection, host, now - timedelta(hours=24))
    rows = found[:limit]
    following = to_cursor([ordered.name, *([rows[-1][0]] * 2)]) if len(found) > limit else None
    total = found[0][3] if found else (0 if cursor is None else None)
    return Page(
        items=[_metric(row[0], row[1], row[2], strange) for row in rows],
        next_cursor=following,
        total=total,
    )


def _metric(metric: str, value: float, time_ms: int, strange: dict[str, int]) -> HostMetric:
    rate = rate_name(metric) if is_counter(metric) else None
    return HostMetric(
        metric=metric,
        unit=unit_of(metric),
        last=value,
        last_at=_moment(time_ms),
        anomalies_24h=strange.get(rate or metric, 0),
        rate=rate,
    )
