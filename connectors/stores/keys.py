"""Keys of producers: their digests, what they may do, when they were last used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from psycopg.sql import SQL

from connectors.stores.filtering import Column, moment, order, where
from connectors.stores.postgres import Connection
from schemas.filters import Filter, Sort
from schemas.keys import Endpoint, Key, KeyWish
from schemas.pages import Page, to_cursor

_SHOWN: Final = (
    "id, name, starts_with, sources, endpoints, created_by, created_at, expires_at,"
    " last_used_at, revoked_at"
)
_ADD = f"""
insert into api_keys (id, name, digest, starts_with, sources, endpoints, created_by, expires_at)
values (%s, %s, %s, %s, %s, %s, %s, %s) returning {_SHOWN}
"""  # noqa: S608 - a constant of ours
_LISTED: Final = SQL("select {} from api_keys where {} and {} {} limit %(limit)s")
_NEWEST_FIRST: Final = Sort("created_at", descending=True)
_STATE: Final = (
    "case when revoked_at is not null then 'revoked'"
    " when expires_at <= now() then 'expired' else 'active' end"
)
_IN_FORCE = """
select digest, id, name, sources, endpoints, expires_at from api_keys
where revoked_at is null and (expires_at is null or expires_at > now())
"""
_USED = """
update api_keys set last_used_at = now()
where id = any(%s) and (last_used_at is null or last_used_at < now() - interval '1 minute')
"""


class KeyInForce(NamedTuple):
    """A key that lets somebody in; None: all sources, all endpoints, no end."""

    id: str
    name: str
    sources: list[str] | None = None
    endpoints: list[str] | None = None
    expires_at: datetime | None = None


async def add(
    connection: Connection, key_id: str, wish: KeyWish, digest: bytes, start: str, by: str
) -> Key:
    """Keeps a new key, of which only `digest` and its first characters are known here."""
    endpoints = None if wish.endpoints is None else [one.value for one in wish.endpoints]
    asked = (key_id, wish.name, digest, start, wish.sources, endpoints, by, wish.expires_at)
    row = await (await connection.execute(_ADD, asked)).fetchone()
    assert row is not None  # noqa: S101 - it returns what it inserts
    return _key(row)


async def page(
    connection: Connection, asked: Filter, now: datetime, limit: int, cursor: str | None
) -> Page[Key]:
    """Keys that match, the newest first. Raises InvalidEvent for a cursor of another list."""
    columns = {
        "name": Column("name"),
        "state": Column(_STATE),
        "created_by": Column("created_by"),
        "created_at": Column("created_at", moment(now), holds=datetime),
        "expires_at": Column("expires_at", moment(now)),
        "last_used_at": Column("last_used_at", moment(now)),
    }
    made = where(asked, columns, ["name", "starts_with"])
    ordered = order(None, _NEWEST_FIRST, columns, "id")
    after = ordered.after(cursor)
    statement = _LISTED.format(SQL(_SHOWN), made.sql, after.sql, ordered.sql)
    rows = await connection.execute(statement, made.bound | after.bound | {"limit": limit + 1})
    found = [_key(row) async for row in rows]
    last = found[limit - 1] if len(found) > limit else None
    more = to_cursor([ordered.name, last.created_at.isoformat(), last.id]) if last else None
    return Page(items=found[:limit], next_cursor=more)


async def one(connection: Connection, key_id: str) -> Key | None:
    """One key; None when there is no such key."""
    found = await connection.execute(
        f"select {_SHOWN} from api_keys where id = %s",  # noqa: S608 - a constant of ours
        (key_id,),
    )
    row = await found.fetchone()
    return _key(row) if row else None


async def revoke(connection: Connection, key_id: str) -> bool:
    """Ends a key for good; False when it had ended before, or there is no such key."""
    done = await connection.execute(
        "update api_keys set revoked_at = now() where id = %s and revoked_at is null", (key_id,)
    )
    return done.rowcount > 0


async def in_force(connection: Connection) -> dict[bytes, KeyInForce]:
    """Every key that lets somebody in, by its digest."""
    rows = await connection.execute(_IN_FORCE)
    return {bytes(row[0]): KeyInForce(*row[1:]) async for row in rows}


async def used(connection: Connection, key_ids: Sequence[str]) -> None:
    """Notes that the keys were used now; written at most once a minute and key."""
    await connection.execute(_USED, (sorted(key_ids),))


def _key(row: tuple[Any, ...]) -> Key:
    key_id, name, start, sources, endpoints, *rest = row
    by, created, expires, last_used, revoked = rest
    return Key(
        id=key_id,
        name=name,
        starts_with=start,
        sources=sources,
        endpoints=None if endpoints is None else [Endpoint(one) for one in endpoints],
        created_by=by,
        created_at=created,
        expires_at=expires,
        last_used_at=last_used,
        revoked_at=revoked,
    )
