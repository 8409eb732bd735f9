"""Uploads of log files: how far each is, and what is needed to go on from there."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from connectors.stores.postgres import Connection
from schemas.uploads import UploadState

_COLUMNS: Final = (
    "id, name, source, size, state, reason, compression, received, whole, taken, lines,"
    " long_bytes, carry, unsettled, created_by, created_at, updated_at"
)


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


class Place(NamedTuple):
    """How far a page is: when the last upload on it was begun, and its id."""

    created_at: datetime
    id: str


async def create(connection: Connection, upload: tuple[str, str, str, int | None, str]) -> Upload:
    """`upload`: id, name, source, size, who. Ones that nobody went on with for a week end."""
    await connection.execute(
        "update uploads set state = 'failed', carry = '', reason = 'nobody went on with it',"
        " updated_at = now() where state = 'open' and updated_at < now() - interval '7 days'"
    )
    cursor = await connection.execute(
        "insert into uploads (id, name, source, size, created_by, state)"  # noqa: S608 (our names)
        f" values (%s, %s, %s, %s, %s, 'open') returning {_COLUMNS}",
        upload,
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


async def page(connection: Connection, limit: int, after: Place | None) -> list[Upload]:
    """The newest first."""
    cursor = await connection.execute(
        f"select {_COLUMNS} from uploads"  # noqa: S608 (our own names)
        " where %(at)s::timestamptz is null or (created_at, id) < (%(at)s::timestamptz, %(id)s)"
        " order by created_at desc, id desc limit %(limit)s",
        {
            "at": after.created_at if after else None,
            "id": after.id if after else None,
            "limit": limit,
        },
    )
    return [Upload(*row) for row in await cursor.fetchall()]


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
