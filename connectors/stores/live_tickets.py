"""Tickets for live connections: each lets in once, before it expires by the database's clock."""

from typing import NamedTuple

from connectors.stores.postgres import Connection


class Holder(NamedTuple):
    """Whose ticket it is: a user's session, and the version of the rights they had."""

    user_id: str
    session: str
    role_version: int


async def put(connection: Connection, digest: bytes, holder: Holder, seconds: float) -> None:
    """Keep a ticket for so long; those that have expired are forgotten."""
    await connection.execute(
        "delete from live_tickets where digest in (select digest from live_tickets"
        " where expires_at < now() order by expires_at limit 100 for update skip locked)"
    )
    await connection.execute(
        "insert into live_tickets (digest, user_id, session, role_version, expires_at)"
        " values (%s, %s, %s, %s, now() + make_interval(secs => %s))",
        (digest, *holder, seconds),
    )


async def take(connection: Connection, digest: bytes) -> Holder | None:
    """Whose ticket it was; None when it is used, expired or none of ours."""
    cursor = await connection.execute(
        "delete from live_tickets where digest = %s"
        " returning user_id, session, role_version, expires_at > now()",
        (digest,),
    )
    row = await cursor.fetchone()
    return Holder(*row[:3]) if row and row[3] else None
