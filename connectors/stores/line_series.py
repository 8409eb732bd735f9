"""Lines by time, of all patterns or of one, split by what they have in common."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

from psycopg.sql import SQL

from connectors.stores.filtering import Column, where
from connectors.stores.postgres import Connection
from connectors.stores.windows import Span
from schemas.filters import Filter
from schemas.pattern_lists import LEVELS, By, LineSeries, Series
from schemas.severities import Severity

_MINUTE: Final = 60
_HOUR: Final = 3600
MAX_STEPS: Final = 2_000

_ALL: Final = SQL("""
select (minute - %(since)s) / %(step)s, {by}, sum(lines)::bigint from line_minutes
where minute >= %(since)s and minute < %(until)s and {where} group by 1, 2
""")
_BY_MINUTE: Final = SQL("""
select (m.minute - %(since)s) / %(step)s, m.{by}, sum(m.lines)::bigint
from pattern_sightings g join pattern_minutes m
  on m.source = g.source and m.uid = g.uid and m.severity = any(%(levels)s)
  and m.minute >= %(since)s and m.minute < %(until)s
where g.uid = any(%(uids)s) group by 1, 2
""")
_BY_HOUR: Final = SQL("""
select (h.hour * 60 - %(since)s) / %(step)s, h.{by}, sum(h.lines)::bigint
from pattern_sightings g join pattern_hours h
  on h.source = g.source and h.uid = g.uid
  and h.hour >= %(since)s / 60 and h.hour < %(until)s / 60
where g.uid = any(%(uids)s) group by 1, 2
""")
_COLUMNS: Final[dict[By, LiteralString]] = {
    "severity": "severity",
    "source": "source",
    "host": "host",
    "service": "service",
}


async def all_lines(
    connection: Connection, asked: Filter, span: Span, step: int, by: By
) -> LineSeries:
    """Of all patterns, by severity or source; `step` in minutes."""
    columns = {"source": Column("source"), "severity": Column("severity", LEVELS.index, holds=int)}
    made = where(asked, columns)
    query = _ALL.format(by=SQL(_COLUMNS[by]), where=made.sql)
    bound = {"since": span.since, "until": span.until, "step": step} | made.bound
    cursor = await connection.execute(query, bound)
    return _series(await cursor.fetchall(), span, step, by)


async def of_pattern(
    connection: Connection, uids: Sequence[str], span: Span, step: int, by: By
) -> LineSeries:
    """Of the patterns with these uids; by host or service span and step are whole hours."""
    template = _BY_MINUTE if by in ("severity", "source") else _BY_HOUR
    bound = {
        "uids": list(uids),
        "levels": list(map(int, Severity)),
        "since": span.since,
        "until": span.until,
        "step": step,
    }
    cursor = await connection.execute(template.format(by=SQL(_COLUMNS[by])), bound)
    return _series(await cursor.fetchall(), span, step, by)


async def total(connection: Connection, span: Span) -> int:
    """All lines of the span."""
    cursor = await connection.execute(
        "select coalesce(sum(lines), 0)::bigint from line_minutes"
        " where minute >= %s and minute < %s",
        span,
    )
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def steps_of(span: Span, step: int | None, by: By, usual: int) -> tuple[Span, int]:
    """Span and step (minutes) that begin where a step does; by place they are whole hours.

    Without a step about `usual` of them; never more than MAX_STEPS.
    """
    least = _HOUR // _MINUTE if by in ("host", "service") else 1
    length = span.until - span.since
    wanted = step or -(-length // usual)
    wanted = max(wanted, -(-length // MAX_STEPS), least)
    size = -(-wanted // least) * least
    return Span(span.since // size * size, -(-span.until // size) * size), size


def _series(rows: Sequence[Any], span: Span, step: int, by: By) -> LineSeries:
    count = (span.until - span.since) // step
    found: dict[str, list[int]] = defaultdict(lambda: [0] * count)
    for slot, name, lines in rows:
        found[LEVELS[name] if by == "severity" else name][slot] += lines
    order = (
        sorted(found, key=lambda name: LEVELS.index(name))
        if by == "severity"
        else sorted(found, key=lambda name: (-sum(found[name]), name))
    )
    return LineSeries(
        by=by,
        step_seconds=step * _MINUTE,
        timestamps=[
            datetime.fromtimestamp((span.since + place * step) * _MINUTE, UTC)
            for place in range(count)
        ],
        series=[Series(name=name, values=found[name]) for name in order],
        total=sum(map(sum, found.values())),
    )
