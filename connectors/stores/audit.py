"""The audit log: added to and read, nothing else; the table itself refuses the rest."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.rows import dict_row
from psycopg.sql import SQL

from connectors.stores.filtering import Column, where
from connectors.stores.postgres import Connection
from schemas.audit import AuditEntry, redacted
from schemas.filter_values import to_moment
from schemas.filters import Filter


class Actor(NamedTuple):
    """Who, and from where."""

    id: str
    name: str
    kind: str
    session: str = ""
    address: str = ""
    trace_id: str = ""


async def add(
    connection: Connection,
    actor: Actor,
    action: str,
    object_: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One entry, in the caller's transaction: it stands if and only if what it tells of does."""
    await connection.execute(
        """insert into audit (actor_id, actor, actor_kind, session, address, trace_id, action,
                              object, before, after)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb)""",
        (*actor, action, object_.replace("\x00", "␀"), _document(before), _document(after)),
    )


_NAMES: Final[dict[str, Column]] = {
    "who": Column("actor"),
    "what": Column("action"),
    "noun": Column("split_part(action, '.', 1)"),
    "object": Column("object"),
    "address": Column("address"),
}
_SEARCHED: Final = ("actor", "action", "object", "before::text", "after::text")
_LISTED: Final = SQL(
    """select id, at, actor_id, actor, actor_kind, session, address, trace_id, action, object,
              before, after
       from audit
       where {} and (%(since)s::timestamptz is null or at >= %(since)s)
         and (%(until)s::timestamptz is null or at < %(until)s)
         and (%(below)s::bigint is null or id < %(below)s)
       order by id desc limit %(limit)s"""
)


async def listed(
    connection: Connection, asked: Filter, now: datetime, below: int | None, limit: int
) -> list[AuditEntry]:
    """The newest first, those whose id is smaller than `below`."""
    made = where(asked, _NAMES, _SEARCHED)
    bound = {**made.bound, "below": below, "limit": limit}
    bound["since"] = to_moment("from", asked.since, now) if asked.since else None
    bound["until"] = to_moment("to", asked.until, now) if asked.until else None
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(_LISTED.format(made.sql), bound)
    return [AuditEntry(**row) for row in await cursor.fetchall()]


def _document(document: Mapping[str, Any] | None) -> str | None:
    return None if document is None else json.dumps(redacted(document), default=str)
