"""Requests with an Idempotency-Key: who is at work on one, and what was answered."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from psycopg.types.json import Jsonb

from connectors.stores.postgres import Connection

# A process that ended while it was at work on a request holds it for so long.
HELD_SECONDS: Final = 60
_KEPT_HOURS: Final = 24

_CLAIM = """
insert into idempotent_requests (caller, key, request, claim) values (%s, %s, %s, %s)
on conflict (caller, key) do update set claim = excluded.claim, claimed_at = now()
where idempotent_requests.status is null and idempotent_requests.request = excluded.request
  and idempotent_requests.claimed_at < now() - make_interval(secs => %s)
returning claim
"""


class Answered(NamedTuple):
    """What is known of a request; `status` is None while somebody is at work on it."""

    request: bytes
    status: int | None
    headers: dict[str, str]
    body: bytes


async def claim(
    connection: Connection, caller: str, key: str, request: bytes, claim_id: str
) -> Answered | None:
    """None when the request is now the caller's to work on, else what is known of it."""
    asked = (caller, key, request, claim_id, HELD_SECONDS)
    if await (await connection.execute(_CLAIM, asked)).fetchone():
        return None
    found = await connection.execute(
        "select request, status, headers, body from idempotent_requests"
        " where caller = %s and key = %s",
        (caller, key),
    )
    row = await found.fetchone()
    if row is None:  # let go of in between
        return Answered(request, None, {}, b"")
    return Answered(bytes(row[0]), row[1], row[2] or {}, bytes(row[3] or b""))


async def answer(
    connection: Connection, claim_id: str, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """Keeps the answer, for a day; forgets those that are older."""
    await connection.execute(
        "update idempotent_requests set status = %s, headers = %s, body = %s where claim = %s",
        (status, Jsonb(dict(headers)), body, claim_id),
    )
    await connection.execute(
        "delete from idempotent_requests where claimed_at < now() - make_interval(hours => %s)",
        (_KEPT_HOURS,),
    )


async def let_go(connection: Connection, claim_id: str) -> None:
    """The request had no effect: whoever sends it again may."""
    await connection.execute(
        "delete from idempotent_requests where claim = %s and status is null", (claim_id,)
    )
