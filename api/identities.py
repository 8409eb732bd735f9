"""Who somebody is now: what a token says, checked against Postgres, which is asked once a second.

So logout, disabling, and a change of password or role bite within two seconds, on every replica.
While Postgres does not answer nobody is known, and nobody is let in: 503.
"""

import asyncio
import time
from typing import Final, Literal, NamedTuple

from api.database import Database
from api.tokens import Claims, Signer, refused
from connectors.stores import sessions
from connectors.stores.sessions import Standing
from schemas.errors import Unavailable
from schemas.roles import Role

_FRESH_SECONDS: Final = 1.0
_ASK_SECONDS: Final = 5.0
_KNOWN: Final = 10_000


class Caller(NamedTuple):
    """Who sent a request, as routes and the audit log know them.

    `role` is None for producers' keys and for nobody; `session` and `version` are a user's, with
    which `Identities.recheck` asks again.
    """

    id: str
    name: str
    role: Role | None
    kind: Literal["user", "key", "nobody"]
    session: str = ""
    version: int = 0


class _Known(NamedTuple):
    at: float
    standing: Standing | None


class Identities:
    """One a process; `signer` makes and reads its tokens."""

    def __init__(self, signer: Signer, database: Database) -> None:
        self.signer = signer
        self._database = database
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[Standing | None]] = {}

    async def check(self, token: str) -> Caller:
        """Whose access token it is. Raises Problem 401, and Unavailable."""
        return await self._caller(self.signer.read(token))

    async def recheck(self, caller: Caller) -> Caller:
        """The same caller again, for connections that last. Raises Problem 401, and Unavailable.

        An access token that expires meanwhile ends nothing: the session counts.
        """
        return await self._caller(Claims(caller.id, caller.session, caller.version))

    def forget(self, session: str = "") -> None:
        """After a change that was made here: ask anew, about one session or all of them."""
        if session:
            self._known.pop(session, None)
        else:
            self._known.clear()

    async def _caller(self, claims: Claims) -> Caller:
        found = await self._standing(claims.session)
        if found is None or not found.valid or found.user_id != claims.user_id:
            raise refused("session-ended", "this session has ended; log in again")
        if found.role_version != claims.version:
            raise refused("token-outdated", "your rights have changed; refresh the access token")
        return Caller(
            found.user_id, found.username, found.role, "user", claims.session, claims.version
        )

    async def _standing(self, session: str) -> Standing | None:
        known = self._known.get(session)
        if known and time.monotonic() - known.at <= _FRESH_SECONDS:
            return known.standing
        asking = self._asking.get(session)
        if asking is None:
            asking = self._asking[session] = asyncio.create_task(self._ask(session))
            asking.add_done_callback(lambda done: self._asked(session, done))
        return await asyncio.shield(asking)

    async def _ask(self, session: str) -> Standing | None:
        at = time.monotonic()
        try:
            async with asyncio.timeout(_ASK_SECONDS), self._database.asking() as connection:
                found = await sessions.standing(connection, session)
        except TimeoutError as error:
            raise Unavailable("postgres", f"no answer within {_ASK_SECONDS:g} s") from error
        if len(self._known) >= _KNOWN:
            self._known = {
                name: one for name, one in self._known.items() if at - one.at <= _FRESH_SECONDS
            }
        self._known[session] = _Known(at, found)
        return found

    def _asked(self, session: str, done: "asyncio.Task[Standing | None]") -> None:
        self._asking.pop(session, None)
        if not done.cancelled():
            done.exception()  # whoever asked may have gone; then nobody else would look at it
