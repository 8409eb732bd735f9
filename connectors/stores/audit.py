"""The audit log: added to and read, nothing else; the table itself refuses the rest."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.rows import dict_row

from connectors.stores.postgres import Connection
from schemas.audit import AuditEntry, redacted

_COLUMNS: Final = """id, at, actor_id, actor, actor_kind, session, address, trace_id, action,
object, before, after"""


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


class Question(NamedTuple):
    """What a list of entries shall hold; "" and None ask nothing."""

    who: str = ""
    what: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None


_LISTED: Final = f"""
select {_COLUMNS} from audit
where (%(who)s = '' or actor = %(who)s) and (%(what)s = '' or starts_with(action, %(what)s))
  and (%(object)s = '' or starts_with(object, %(object)s))
  and (%(since)s::timestamptz is null or at >= %(since)s)
  and (%(until)s::timestamptz is null or at < %(until)s)
  and (%(below)s::bigint is null or id < %(below)s)
order by id desc limit %(limit)s
"""  # noqa: S608 - of constants


async def listed(
    connection: Connection, question: Question, below: int | None, limit: int
) -> list[AuditEntry]:
    """The newest first, those whose id is smaller than `below`."""
    cursor = connection.cursor(row_factory=dict_row)
    asked = {**question._asdict(), "below": below, "limit": limit}
    asked |= {n: v.replace("\x00", "␀") for n, v in asked.items() if isinstance(v, str)}
    await cursor.execute(_LISTED.encode(), asked)
    return [AuditEntry(**row) for row in await cursor.fetchall()]


def _document(document: Mapping[str, Any] | None) -> str | None:
    return None if document is None else json.dumps(redacted(document), default=str)
