"""Patterns counted within a window: one page of them, with what a row shows.

Two questions: which patterns, in which order, by sums of the window; and then the details of those
few. `source` chooses the lines that count; `service`, `severity` and the rest choose patterns, all
of whose lines count. So the counts of a list always add up to its total.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any, Final, LiteralString, NamedTuple

from psycopg.sql import SQL, Composable, Placeholder

from connectors.stores.filtering import Column, Order, Where, order, unix_ms, where
from connectors.stores.patterns import CURRENT, Counted
from connectors.stores.postgres import Connection
from connectors.stores.windows import Span, counted
from schemas.aliases import Aliases
from schemas.filter_values import number
from schemas.filters import Condition, Filter, Sort
from schemas.pages import to_cursor
from schemas.pattern_lists import LEVELS, MAX_BUCKETS, PatternPage, PatternRow
from schemas.severities import Severity

_LIST: Final = SQL("""
with edges as materialized (
    select * from unnest(%(members)s::text[], %(roots)s::text[]) as e (uid, root)
), counted as (
    select source, uid, sum(lines)::bigint as lines from ({counted}) as g where {sources}
    group by 1, 2
), sums as materialized (
    select source, coalesce(root, uid) as root, uid, lines
    from counted left join edges using (uid)
), seen as (
    select coalesce(root, uid) as root, min(first_seen) as first_seen, max(last_seen) as last_seen
    from pattern_sightings g left join edges using (uid) where {sources} group by 1
), counted_before as (
    select uid, sum(lines)::bigint as lines from ({before}) as g where {sources} group by 1
), before as (
    select coalesce(root, uid) as root, sum(lines)::bigint as lines
    from counted_before left join edges using (uid) group by 1
), rows as (
    select root as uid, sum(lines)::bigint as count from sums group by 1
), listed as (
    select r.uid, r.count, s.first_seen, s.last_seen, coalesce(p.template, '') as template,
           (r.count - coalesce(b.lines, 0))::float8 / greatest(b.lines, 1) as change
    from rows r join seen s on s.root = r.uid left join before b on b.root = r.uid
    left join patterns p on p.uid = r.uid
), matched as materialized (
    select * from listed where {where} and {chosen}
), totals as (
    select count(*) as patterns, coalesce(sum(count), 0)::bigint as lines from matched
)
select t.patterns, t.lines, m.uid, m.count, m.first_seen, m.last_seen, m.change
from totals t left join lateral (
    select * from matched where {after} {order} limit %(limit)s
) as m on true {order}
""")
_NOTHING: Final = SQL("select source, uid, lines from pattern_hours where false")

_LEVELS: Final[LiteralString] = """
uid {isin} (
    select s.root from sums s where exists (
        select from pattern_minutes m where m.source = s.source and m.uid = s.uid
        and m.severity = any({value}) and m.minute >= %(since)s and m.minute < %(until)s))
"""
_SERVICES: Final[LiteralString] = """
uid {isin} (
    select s.root from sums s where exists (
        select from pattern_hours h where h.source = s.source and h.uid = s.uid
        and h.service = any({value})))
"""

_DETAILS: Final = SQL("""
select m.uid, m.severity, (m.minute - %(since)s) / %(bucket)s as slot,
       sum(m.lines)::bigint, sum(m.events)::bigint
from pattern_sightings g join pattern_minutes m
  on m.source = g.source and m.uid = g.uid and m.severity = any(%(levels)s)
  and m.minute >= %(since)s and m.minute < %(until)s
where g.uid = any(%(uids)s) and {sources}
group by 1, 2, 3
""")
_BEFORE: Final = SQL("""
select uid, sum(lines)::bigint from ({before}) as g
where uid = any(%(uids)s) and {sources} group by 1
""")
_PLACES: Final = SQL("""
select uid, array_agg(distinct source), min(first_seen), max(last_seen)
from pattern_sightings g where uid = any(%(uids)s) and {sources} group by 1
""")
_TEXTS: Final = "select uid, template, sample from patterns where uid = any(%(uids)s) order by uid"
_MEMBERS: Final = f"""
select s.uid, coalesce(p.template, ''), coalesce(p.sample, ''), 0, 0, s.first_seen, s.last_seen,
       s.source, s.topic, s.partition, s.epoch, s."offset", s.line,
       {CURRENT}
from pattern_sightings s left join patterns p using (uid) where s.uid = any(%s)
order by s.last_seen desc, s.source
"""  # noqa: S608 (our own text)
_COMPARED: Final = {">=": ge, ">": gt, "<=": le, "<": lt}
_NAMED: Final = SQL("""
select distinct h.uid, h.service
from pattern_sightings g join pattern_hours h on h.source = g.source and h.uid = g.uid
where g.uid = any(%(uids)s) and h.service <> '' and {sources}
""")


class Window(NamedTuple):
    """What is counted, and when that was asked."""

    span: Span
    now: datetime


async def aliases(connection: Connection) -> Aliases:
    """Which uids are one pattern now."""
    union = Aliases()
    cursor = await connection.execute("select uid, other from pattern_aliases")
    for uid, other in await cursor.fetchall():
        union.union(uid, other)
    return union


async def page(
    connection: Connection, asked: Filter, window: Window, limit: int, cursor: str | None
) -> PatternPage:
    """The next patterns behind the cursor; without one the first. Raises InvalidEvent."""
    union = await aliases(connection)
    columns = _columns(window.now)
    sorting = order(asked.sort, Sort("count", descending=True), columns, "uid")
    after = sorting.after(cursor)
    rows = await _listed(connection, union, asked, window, sorting, after, limit + 1)
    total, total_lines = rows[0][0], rows[0][1]
    found = {row[2]: row for row in rows if row[2] is not None}
    kept = list(found)[:limit]
    details = await rows_of(connection, union, kept, asked, window.span, total_lines)
    more = None
    if len(found) > limit:
        last = dict(zip(_KEYS, found[kept[-1]][2:], strict=True))
        more = to_cursor([sorting.name, last[sorting.column.sql], kept[-1]])
    return PatternPage(
        items=details,
        next_cursor=more,
        total=total,
        total_lines=total_lines,
        since=_time(window.span.since * 60_000),
        until=_time(window.span.until * 60_000),
    )


_KEYS: Final = ("uid", "count", "first_seen", "last_seen", "change")


def _columns(now: datetime) -> dict[str, Column]:
    return {
        "uid": Column("uid"),
        "count": Column("count", number, holds=int),
        "first_seen": Column("first_seen", unix_ms(now), holds=int),
        "last_seen": Column("last_seen", unix_ms(now), holds=int),
        "change": Column("change", number, holds=float),
    }


async def _listed(
    connection: Connection,
    union: Aliases,
    asked: Filter,
    window: Window,
    sorting: Order,
    after: Where,
    limit: int,
) -> list[tuple[Any, ...]]:
    sources = _sources(asked)
    chosen = _chosen(asked, window.span)
    rest = asked.without("source").without("service").without("severity")
    matching = where(rest, _columns(window.now), searched=["template", "uid"])
    by_change = sorting.column.sql == "change"
    query = _LIST.format(
        counted=counted(window.span),
        before=counted(window.span.before) if by_change else _NOTHING,
        sources=sources.sql,
        where=matching.sql,
        chosen=chosen.sql,
        after=after.sql,
        order=sorting.sql,
    )
    edges = union.edges()
    bound = {
        "members": [uid for uid, _ in edges],
        "roots": [root for _, root in edges],
        "limit": limit,
    }
    # Compiling would take longer than the query, and sums of patterns fit into memory.
    await connection.execute("set local jit = off; set local work_mem = '64MB'")
    cursor = await connection.execute(
        query, bound | sources.bound | matching.bound | chosen.bound | after.bound
    )
    return await cursor.fetchall()


def _sources(asked: Filter) -> Where:
    """Which lines count at all."""
    only = tuple(c for c in asked.conditions if c.field == "source")
    return where(Filter(only), {"source": Column("g.source")}, prefix="s")


def _chosen(asked: Filter, span: Span) -> Where:
    """Patterns that have lines of these levels within the span, or of these services at all."""
    made: list[Composable] = []
    bound: dict[str, Any] = {"since": span.since, "until": span.until}
    for place, condition in enumerate(asked.conditions):
        key = f"p{place}"
        isin = SQL("not in" if condition.operator == "!=" else "in")
        if condition.field == "severity":
            bound[key] = levels_of(condition)
            made.append(SQL(_LEVELS).format(isin=isin, value=Placeholder(key)))
        elif condition.field == "service":
            bound[key] = list(condition.values)
            made.append(SQL(_SERVICES).format(isin=isin, value=Placeholder(key)))
    return Where(SQL(" and ").join(made) if made else SQL("true"), bound)


def levels_of(condition: Condition) -> list[int]:
    """The levels that a condition names; those that it excludes where it is `!=`."""
    levels = [LEVELS.index(word) for word in condition.values]
    compare = _COMPARED.get(condition.operator)
    return [level for level in Severity if compare(level, levels[0])] if compare else levels


async def rows_of(
    connection: Connection,
    union: Aliases,
    roots: Sequence[str],
    asked: Filter,
    span: Span,
    total_lines: int,
) -> list[PatternRow]:
    """What is shown of these patterns, in this order; those that were never seen are left out."""
    if not roots:
        return []
    root_of = {uid: root for root in roots for uid in union.members(root)}
    sources = _sources(asked)
    bucket = max(1, -(-(span.until - span.since) // MAX_BUCKETS))
    bound = {
        "uids": list(root_of),
        "levels": list(map(int, Severity)),
        "since": span.since,
        "until": span.until,
        "bucket": bucket,
    } | sources.bound
    buckets = -(-(span.until - span.since) // bucket)
    facts = {root: _Facts([0] * buckets) for root in roots}
    for query, add in ((_DETAILS, _Facts.add_counts), (_PLACES, _Facts.add_places)):
        cursor = await connection.execute(query.format(sources=sources.sql), bound)
        for uid, *found in await cursor.fetchall():
            add(facts[root_of[uid]], uid, found)
    before = _BEFORE.format(before=counted(span.before), sources=sources.sql)
    cursor = await connection.execute(before, bound)
    for uid, lines in await cursor.fetchall():
        facts[root_of[uid]].previous += lines
    cursor = await connection.execute(_NAMED.format(sources=sources.sql), bound)
    for uid, service in await cursor.fetchall():
        facts[root_of[uid]].services.add(service)
    cursor = await connection.execute(_TEXTS, bound)
    for uid, template, sample in await cursor.fetchall():
        facts[root_of[uid]].texts[uid] = template, sample
    return [facts[root].row(root, span, total_lines) for root in roots if facts[root].uids]


async def members(connection: Connection, uids: Sequence[str]) -> list[Counted]:
    """Where lines of these uids were seen last, newest first; without counts."""
    cursor = await connection.execute(_MEMBERS, (list(uids),))
    return [Counted(*row) for row in await cursor.fetchall()]


@dataclass
class _Facts:
    """What was found of one pattern; `trend` has a place for each bucket."""

    trend: list[int]
    previous: int = 0
    events: int = 0
    first_seen: int = 2**62
    last_seen: int = 0
    severities: Counter[str] = field(default_factory=Counter)
    sources: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add_counts(self, _uid: str, found: Sequence[Any]) -> None:
        """Lines of one severity and bucket."""
        severity, slot, lines, events = found
        self.trend[slot] += lines
        self.events += events
        self.severities[LEVELS[severity]] += lines

    def add_places(self, uid: str, found: Sequence[Any]) -> None:
        """Where and when one of the uids was seen."""
        sources, first_seen, last_seen = found
        self.uids.add(uid)
        self.sources.update(sources)
        self.first_seen = min(self.first_seen, first_seen)
        self.last_seen = max(self.last_seen, last_seen)

    def row(self, root: str, span: Span, total_lines: int) -> PatternRow:
        """All of it together. The root's own template is the one that is kept up to date."""
        count = sum(self.trend)
        texts = [self.texts[uid] for uid in sorted(self.texts, key=lambda uid: uid != root)]
        return PatternRow(
            uid=root,
            template=next((template for template, _ in texts if template), ""),
            count=count,
            events=self.events,
            share=count / total_lines if total_lines else 0.0,
            trend=self.trend,
            previous_count=self.previous,
            change=(count - self.previous) / self.previous if self.previous else None,
            severities=dict(self.severities),
            new=span.since <= self.first_seen // 60_000 < span.until,
            first_seen=_time(self.first_seen),
            last_seen=_time(self.last_seen),
            sources=sorted(self.sources),
            services=sorted(self.services),
            uids=sorted(self.uids),
            sample=next((sample for _, sample in texts if sample), ""),
        )


def _time(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
