"""Uploads of log files: how far each is, and what is needed to go on from there."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL

from connectors.stores.filtering import Column, moment, order, where
from connectors.stores.postgres import Connection
from schemas.filter_values import number
from schemas.filters import Filter, Sort
from schemas.pages import to_cursor
from schemas.uploads import NewUpload, UploadState

_COLUMNS: Final = (
    "id, name, source, size, state, reason, compression, received, whole, taken, lines,"
    " long_bytes, carry, unsettled, created_by, created_at, updated_at, timezone"
)
# Of a list nothing goes on: what is carried, megabytes each, stays where it is.
_SHOWN: Final = _COLUMNS.replace("carry, unsettled", "''::bytea, '{}'::text[]")
_LISTED: Final = SQL("select {} from uploads where {} and {} {} limit %(limit)s")
_NEWEST_FIRST: Final = Sort("created_at", descending=True)


class Upload(NamedTuple):
    """A row; see the table `uploads`."""

    id: str
    name: str
    source: str
    size: int | None
    state: UploadState
    reason: str
    compression: str | None
    received: int
    whole: bool
    taken: int
    lines: int
    long_bytes: int
    carry: bytes
    unsettled: list[str]
    created_by: str
    created_at: datetime
    updated_at: datetime
    timezone: str


async def create(connection: Connection, id_: str, new: NewUpload, by: str) -> Upload:
    """Ones that nobody went on with for a week end."""
    await connection.execute(
        "update uploads set state = 'failed', carry = '', reason = 'nobody went on with it',"
        " updated_at = now() where state = 'open' and updated_at < now() - interval '7 days'"
    )
    cursor = await connection.execute(
        "insert into uploads"  # noqa: S608 (our own names)
        " (id, name, source, size, timezone, created_by, state)"
        f" values (%s, %s, %s, %s, %s, %s, 'open') returning {_COLUMNS}",
        (id_, new.name, new.source, new.size, new.timezone, by),
    )
    return _one(await cursor.fetchone())


async def find(connection: Connection, id_: str) -> Upload | None:
    """None when there is no such upload."""
    cursor = await connection.execute(
        f"select {_COLUMNS} from uploads where id = %s",  # noqa: S608 (our own names)
        (id_,),
    )
    row = await cursor.fetchone()
    return Upload(*row) if row else None


async def page(
    connection: Connection, asked: Filter, now: datetime, limit: int, cursor: str | None
) -> tuple[list[Upload], str | None]:
    """Those that match, the newest first, and the cursor of the next page.

    `carry` and `unsettled` are empty: who goes on with one asks `find`.
    Raises InvalidEvent for a cursor of another list.
    """
    columns = {
        **{name: Column(name) for name in ("name", "source", "state", "created_by")},
        **{name: Column(name, number) for name in ("size", "lines")},
        "created_at": Column("created_at", moment(now), holds=datetime),
        "updated_at": Column("updated_at", moment(now)),
    }
    made = where(asked, columns, ["name", "source"])
    ordered = order(None, _NEWEST_FIRST, columns, "id")
    after = ordered.after(cursor)
    statement = _LISTED.format(SQL(_SHOWN), made.sql, after.sql, ordered.sql)
    rows = await connection.execute(statement, made.bound | after.bound | {"limit": limit + 1})
    found = [Upload(*row) async for row in rows]
    last = found[limit - 1] if len(found) > limit else None
    more = to_cursor([ordered.name, last.created_at.isoformat(), last.id]) if last else None
    return found[:limit], more


async def advance(connection: Connection, before: Upload, now: Upload) -> bool:
    """Writes how far it is; False when another request has gone on with it meanwhile."""
    cursor = await connection.execute(
        "update uploads set state = %s, reason = %s, compression = %s, received = %s, whole = %s,"
        " taken = %s, lines = %s, long_bytes = %s, carry = %s, unsettled = %s, updated_at = now()"
        " where id = %s and state = 'open' and received = %s and taken = %s",
        (
            now.state,
            now.reason,
            now.compression,
            now.received,
            now.whole,
            now.taken,
            now.lines,
            now.long_bytes,
            now.carry,
            now.unsettled,
            before.id,
            before.received,
            before.taken,
        ),
    )
    return cursor.rowcount == 1


async def unsettled(connection: Connection, ranges: list[str]) -> list[str]:
    """Which of these ranges did not arrive in Postgres yet."""
    cursor = await connection.execute("select range from ranges where range = any(%s)", (ranges,))
    arrived = {row[0] for row in await cursor.fetchall()}
    return [found for found in ranges if found not in arrived]


def _one(row: tuple[Any, ...] | None) -> Upload:
    if row is None:
        raise RuntimeError("an insert without a conflict returns its row")
    return Upload(*row)
