"""Alerts as people look for them: a page of a filter, how many there are of each value."""

from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from connectors.stores.filtering import Column, Where, order, where
from connectors.stores.postgres import Connection
from schemas.alert_lists import FACETS, OPEN_STATES, AlertFacets, Facet
from schemas.alerts import Alert, AlertSeverity
from schemas.errors import InvalidEvent
from schemas.filter_values import flag, number, to_moment
from schemas.filters import LABEL, Filter, Sort
from schemas.pages import Page, to_cursor

_SEVERITIES: Final = list(AlertSeverity)
_COLUMNS: Final = {
    "state": Column("shown"),
    "severity": Column("severity", lambda word: AlertSeverity(word).rank, inverted=True, holds=int),
    "source": Column("source"),
    "host": Column("host"),
    "service": Column("service"),
    "type": Column("type"),
    "owner": Column("owner"),
    "count": Column("count", number, holds=int),
    "demo": Column("demo", flag),
    "id": Column("id"),
    "title": Column("title"),
    "worst": Column("worst", holds=int),
    "first_seen": Column("first_seen", holds=datetime),
    "last_seen": Column("last_seen", holds=datetime),
    f"{LABEL}*": Column("labels ->> {name}"),
}
_PLACES: Final = {"state": "shown"}  # of facets that are called otherwise than their columns
_USUAL: Final = Sort("worst")
_FACET_VALUES: Final = 50  # shown of one facet


async def page(
    connection: Connection, asked: Filter, now: datetime, limit: int, cursor: str | None
) -> Page[Alert]:
    """One page; the first says how many match. Raises InvalidEvent for a cursor of another list."""
    made = _where(asked, now)
    sorting = order(asked.sort, _USUAL, _COLUMNS, "id")
    after = sorting.after(cursor)
    query = SQL(
        "select document, {value}, id from alerts where {where} and {after} {order} limit %(limit)s"
    ).format(value=SQL(sorting.column.sql), where=made.sql, after=after.sql, order=sorting.sql)
    try:
        rows = await connection.execute(query, {**made.bound, **after.bound, "limit": limit + 1})
    except psycopg.DataError as error:  # all else that is bound was read before
        raise InvalidEvent("cursor", "it is none of ours; begin without one") from error
    found = await rows.fetchall()
    more = found[limit - 1] if len(found) > limit else None
    return Page(
        items=[Alert.model_validate(row[0]) for row in found[:limit]],
        next_cursor=to_cursor([sorting.name, _plain(more[1]), more[2]]) if more else None,
        total=await _count(connection, made) if cursor is None else None,
    )


async def facets(connection: Connection, asked: Filter, now: datetime) -> AlertFacets:
    """Counts of each value, each field without its own condition."""
    plain = [name for name in FACETS if not _is_asked(asked, name)]
    found = await _counted(connection, plain, _where(asked, now))
    for name in FACETS:
        if name not in plain:
            found |= await _counted(connection, [name], _where(asked.without(name), now))
    total = await _count(connection, _where(asked, now))
    return AlertFacets(facets={name: found[name] for name in FACETS}, total=total)


async def ids(connection: Connection, asked: Filter, now: datetime, limit: int) -> list[str]:
    """The ids that match now, the worst first; at most `limit` + 1, so that too many are seen."""
    made = _where(asked, now)
    rows = await connection.execute(
        SQL("select id from alerts where {} order by worst, id limit %(limit)s").format(made.sql),
        {**made.bound, "limit": limit + 1},
    )
    return [row[0] for row in await rows.fetchall()]


async def by_ids(connection: Connection, wanted: list[str]) -> dict[str, Alert]:
    """The newest version of each that there is."""
    rows = await connection.execute("select id, document from alerts where id = any(%s)", (wanted,))
    return {row[0]: Alert.model_validate(row[1]) for row in await rows.fetchall()}


async def versions(connection: Connection, wanted: list[str]) -> dict[str, int]:
    """At which version each of them is stored."""
    rows = await connection.execute("select id, version from alerts where id = any(%s)", (wanted,))
    return {row[0]: row[1] for row in await rows.fetchall()}


async def history(connection: Connection, alert_id: str, limit: int, before: int) -> list[Alert]:
    """Versions below `before`, the newest first."""
    rows = await connection.execute(
        "select document from alert_events where id = %s and version < %s"
        " order by version desc limit %s",
        (alert_id, before, limit),
    )
    return [Alert.model_validate(row[0]) for row in await rows.fetchall()]


def _where(asked: Filter, now: datetime) -> Where:
    """An alert is in a window when it was going on at some time of it.

    One that is open goes on, however long ago its last news came.
    """
    made = where(asked, _COLUMNS, ["words"])
    parts: list[Composable] = [made.sql]
    bound = dict(made.bound)
    if asked.since:
        parts.append(SQL("(last_seen >= %(since)s or shown = any(%(open)s))"))
        bound["since"] = to_moment("from", asked.since, now)
        bound["open"] = list(OPEN_STATES)
    if asked.until:
        parts.append(SQL("first_seen < %(until)s"))
        bound["until"] = to_moment("to", asked.until, now)
    return Where(SQL(" and ").join(parts), bound)


async def _count(connection: Connection, made: Where) -> int:
    rows = await connection.execute(
        SQL("select count(*) from alerts where {}").format(made.sql), made.bound
    )
    row = await rows.fetchone()
    return int(row[0]) if row else 0


def _is_asked(asked: Filter, name: str) -> bool:
    return any(condition.field == name for condition in asked.conditions)


async def _counted(connection: Connection, names: list[str], made: Where) -> dict[str, list[Facet]]:
    """One reading of the table for all the fields whose filter is the same."""
    found: dict[str, list[Facet]] = {name: [] for name in names}
    if not names:
        return found
    columns = [Identifier(_PLACES.get(name, name)) for name in names]
    chosen = [
        SQL("case when grouping({0}) = 0 then {1} end").format(column, SQL(str(place)))
        for place, column in enumerate(columns)
    ]
    query = SQL(
        "select coalesce({place}), coalesce({values}), count(*) from alerts where {where}"
        " group by grouping sets ({sets}) order by 3 desc, 2"
    ).format(
        place=SQL(", ").join(chosen),
        values=SQL(", ").join(SQL("{}::text").format(column) for column in columns),
        where=made.sql,
        sets=SQL(", ").join(SQL("({})").format(column) for column in columns),
    )
    for place, value, count in await (await connection.execute(query, made.bound)).fetchall():
        listed = found[names[place]]
        if len(listed) < _FACET_VALUES:
            listed.append(_facet(names[place], value, count))
    if "severity" in found:
        found["severity"].sort(key=lambda facet: AlertSeverity(facet.value).rank)
    return found


def _facet(name: str, value: str, count: int) -> Facet:
    word = _SEVERITIES[int(value)].value if name == "severity" else value
    return Facet(value=word, count=count)


def _plain(value: Any) -> str | int | float | None:
    return value.isoformat() if isinstance(value, datetime) else value
