"""The ticket of a live connection: the permit of the two routes that are opened by one.

Browsers can put no header on a WebSocket or an EventSource, and what stands in a URL stands in
logs. So a URL carries 32 random bytes that let in once, within 30 s, and never a token.
"""

import hashlib
import secrets
from typing import Annotated, NamedTuple

from fastapi import Query
from starlette.datastructures import State
from starlette.requests import HTTPConnection

from api.live.seats import Ending
from api.permits import Permit, standing
from connectors.stores import live_tickets
from schemas.errors import Unavailable
from schemas.live import TICKET_SECONDS, Close, LiveTicket
from schemas.roles import Permission, may


class Admitted(NamedTuple):
    """Whose ticket it was."""

    session: str


async def issue(state: State, session: str) -> LiveTicket:
    """A new ticket of a session, for every replica. Raises Unavailable."""
    ticket = secrets.token_urlsafe(32)
    async with state.database.writing() as connection:
        await live_tickets.put(connection, _digest(ticket), session, TICKET_SECONDS)
    return LiveTicket(ticket=ticket)


class TicketPermit(Permit):
    """Lets in by `?ticket=`; says why not instead of raising, as a WebSocket is told by a code."""

    async def __call__(  # type: ignore[override]  # FastAPI calls it by its parameters
        self,
        connection: HTTPConnection,
        ticket: Annotated[str, Query(max_length=200, description="of /api/v1/live/tickets")] = "",
    ) -> Admitted | Ending:
        """Uses the ticket up."""
        state = connection.app.state
        try:
            async with state.database.writing() as database:
                session = await live_tickets.take(database, _digest(ticket))
            stands = session is not None and await listens(state, session, self.permission)
        except Unavailable as error:
            return Ending(Close.TRY_LATER, str(error))
        if session is None:
            return Ending(
                Close.NOT_PERMITTED,
                "the ticket is used, expired or none of ours: POST /api/v1/live/tickets",
            )
        if not stands:
            return Ending(Close.NOT_PERMITTED, "the session is over, or may not read")
        return Admitted(session)


async def listens(state: State, session: str, permission: Permission) -> bool:
    """Whether a session stands and has the permission. Raises Unavailable."""
    caller = await standing(state, session)
    return caller is not None and may(caller.role, permission)


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
