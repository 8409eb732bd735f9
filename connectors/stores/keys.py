"""Keys of producers: their digests, what they may do, when they were last used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from connectors.stores.postgres import Connection
from schemas.keys import Endpoint, Key, KeyWish

_SHOWN = (
    "id, name, starts_with, sources, endpoints, created_by, created_at, expires_at,"
    " last_used_at, revoked_at"
)
_ADD = f"""
insert into api_keys (id, name, digest, starts_with, sources, endpoints, created_by, expires_at)
values (%s, %s, %s, %s, %s, %s, %s, %s) returning {_SHOWN}
"""  # noqa: S608 - a constant of ours
_LISTED = f"""
select {_SHOWN} from api_keys
where %(at)s::timestamptz is null or (created_at, id) < (%(at)s, %(id)s)
order by created_at desc, id desc limit %(limit)s
"""  # noqa: S608 - a constant of ours
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


async def listed(
    connection: Connection, limit: int, after: tuple[datetime, str] | None = None
) -> list[Key]:
    """All keys, the newest first, from behind the one made at that moment with that id."""
    at, key_id = after or (None, "")
    rows = await connection.execute(_LISTED, {"at": at, "id": key_id, "limit": limit})
    return [_key(row) async for row in rows]


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
