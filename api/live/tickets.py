"""The ticket of a live connection: the permit of the two routes that are opened by one.

Browsers can put no header on a WebSocket or an EventSource, and what stands in a URL stands in
logs. So a URL carries 32 random bytes that let in once, within 30 s, and never a token.
"""

import hashlib
import re
import secrets
from typing import Annotated, Final

from fastapi import Query
from starlette.datastructures import State
from starlette.requests import HTTPConnection

from api.identities import Caller
from api.live.seats import Ending
from api.permits import Permit
from api.problems import Problem
from connectors.stores import live_tickets
from connectors.stores.live_tickets import Holder
from schemas.errors import Unavailable
from schemas.live import TICKET_SECONDS, Close, LiveTicket
from schemas.roles import Permission, may

_BYTES: Final = 32
_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # so many bytes; nothing else asks the database
_SPENT: Final = "the ticket is used, expired or none of ours: POST /api/v1/live/tickets"


async def issue(state: State, caller: Caller) -> LiveTicket:
    """A new ticket of the caller's session, for every replica. Raises Unavailable."""
    ticket = secrets.token_urlsafe(_BYTES)
    holder = Holder(caller.id, caller.session, caller.version)
    async with state.database.writing() as connection:
        await live_tickets.put(connection, _digest(ticket), holder, TICKET_SECONDS)
    return LiveTicket(ticket=ticket)


class Entrance(Permit):
    """The permit of who comes by `?ticket=`.

    It says why not instead of raising, as a WebSocket is told by a code.
    """

    async def __call__(  # type: ignore[override]  # FastAPI calls it by its parameters
        self,
        connection: HTTPConnection,
        ticket: Annotated[str, Query(max_length=200, description="of /api/v1/live/tickets")] = "",
    ) -> Caller | Ending:
        """Uses the ticket up."""
        state = connection.app.state
        if not _TICKET.fullmatch(ticket):
            return Ending(Close.NOT_PERMITTED, _SPENT)
        try:
            async with state.database.writing() as database:
                holder = await live_tickets.take(database, _digest(ticket))
            if holder is None:
                return Ending(Close.NOT_PERMITTED, _SPENT)
            caller = Caller(holder.user_id, "", None, "user", *holder[1:])
            why = await refusal(state, caller, self.permission)
        except Unavailable as error:
            return Ending(Close.TRY_LATER, str(error))
        return Ending(Close.NOT_PERMITTED, why) if why else caller


async def refusal(state: State, caller: Caller, permission: Permission) -> str:
    """Why a session does not have a permission any more, "" when it has. Raises Unavailable."""
    try:
        now: Caller = await state.identities.recheck(caller)
    except Problem as problem:
        return problem.detail
    if now.role is None or not may(now.role, permission):
        return "your role may not listen"
    return ""


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
