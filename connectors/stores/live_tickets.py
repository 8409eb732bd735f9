"""Tickets for live connections: each lets in once, before it expires by the database's clock."""

from connectors.stores.postgres import Connection


async def put(connection: Connection, digest: bytes, session: str, seconds: float) -> None:
    """Keep a ticket of a session for so long; those that have expired are forgotten."""
    await connection.execute(
        "delete from live_tickets where digest in (select digest from live_tickets"
        " where expires_at < now() order by expires_at limit 100 for update skip locked)"
    )
    await connection.execute(
        "insert into live_tickets (digest, session, expires_at)"
        " values (%s, %s, now() + make_interval(secs => %s))",
        (digest, session, seconds),
    )


async def take(connection: Connection, digest: bytes) -> str | None:
    """The session that a ticket was made for; None when it is used, expired or none of ours."""
    cursor = await connection.execute(
        "delete from live_tickets where digest = %s returning session, expires_at > now()",
        (digest,),
    )
    row = await cursor.fetchone()
    return str(row[0]) if row and row[1] else None
