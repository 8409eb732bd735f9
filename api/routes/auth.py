"""/api/v1/auth: login, refresh, logout."""

import math
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.attempts import neighbourhood, wait_after
from api.audit import address_of, record
from api.documented import errors
from api.permits import Caller, permit
from api.problems import Problem
from api.tokens import Claims, refused
from connectors.passwords import is_outdated
from connectors.stores import sessions, users
from connectors.stores.postgres import Connection
from connectors.stores.sessions import Origin, Refreshed, Turn
from schemas.roles import Permission
from schemas.users import Login, Refresh, Tokens, User, UserName

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])

Anyone = Annotated[Caller, Depends(permit(Permission.PUBLIC))]


@router.post("/login", responses=errors(400, 401))
async def login(request: Request, asked: Login, _: Anyone) -> Tokens:
    """Tokens for a name and a password. Wrong ones cost time: 429 says how long to wait."""
    state = request.app.state
    user, hashed = await right_password(request, asked.username, asked.password)
    fresh = await state.hashing.hash(asked.password) if is_outdated(hashed) else hashed
    origin = Origin(address_of(request), request.headers.get("user-agent", ""))
    async with state.database.writing() as connection:
        found = await users.credentials_of(connection, user.id)
        if found is None or found[0].disabled or found[1] != hashed:
            raise _wrong()  # changed while we looked
        if fresh != hashed:
            await users.set_password(connection, user.id, fresh)
        days = state.settings.refresh_token_expire_days
        given = await sessions.begin(connection, user.id, origin, days)
        caller = Caller(user.id, user.username, user.role, "user", given.session)
        after = {"agent": origin.agent[:300]}
        await record(
            connection, caller, request, "auth.login", f"sessions/{given.session}", after=after
        )
        return await _tokens(request, connection, given)


async def right_password(request: Request, username: str, password: str) -> tuple[User, str]:
    """The user and the hash, if this is the password and the account is enabled.

    The wait is looked at, and a wrong password counted, while one of the two places for hashing is
    held: so many tries at once gain nothing. Raises Problem 401, 429, 503.
    """
    state, near = request.app.state, neighbourhood(address_of(request))
    async with state.hashing.turn():
        async with state.database.reading() as connection:
            failures, ago = await sessions.failures(connection, username, near)
            found = await users.credentials(connection, username)
        if wait := wait_after(failures, ago):
            detail = f"too many wrong passwords; try again in {math.ceil(wait)} s"
            headers = {"Retry-After": str(math.ceil(wait))}
            status = HTTPStatus.TOO_MANY_REQUESTS
            raise Problem(status, "too-many-attempts", detail, headers=headers)
        right = await state.hashing.verify(found[1] if found else None, password)
        if not right or failures:
            async with state.database.writing() as connection:
                count = sessions.forget_failures if right else sessions.add_failure
                await count(connection, username, near)
    if found is None or not right or found[0].disabled:
        raise _wrong()
    return found


def _wrong() -> Problem:
    return refused("wrong-credentials", "user name or password is wrong")


@router.post("/refresh", responses=errors(400, 401))
async def refresh(request: Request, asked: Refresh, _: Anyone) -> Tokens:
    """The next tokens of a session.

    A refresh token is good once, and again for 10 s with the same answer. Used later it was
    stolen, or its thief was first: the session ends.
    """
    state = request.app.state
    async with state.database.writing() as connection:
        days = state.settings.refresh_token_expire_days
        given = await sessions.refresh(connection, asked.refresh_token, days)
        if given.turn is Turn.GIVEN:
            return await _tokens(request, connection, given)
        if given.turn is Turn.REUSED:
            user = await users.find(connection, given.user_id)
            name = user.username if user else ""
            caller = Caller(given.user_id, name, None, "user", given.session)
            await record(
                connection, caller, request, "auth.token_reused", f"sessions/{given.session}"
            )
    state.identities.forget(given.session)
    raise refused("session-ended", "this refresh token is not in force; log in again")


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT, responses=errors(401, 403))
async def logout(
    request: Request, caller: Annotated[Caller, Depends(permit(Permission.OWN_ACCOUNT))]
) -> None:
    """Ends this session, everywhere within two seconds."""
    state = request.app.state
    async with state.database.writing() as connection:
        if await sessions.end(connection, caller.id, caller.session, "logout"):
            await record(connection, caller, request, "auth.logout", f"sessions/{caller.session}")
    state.identities.forget(caller.session)


async def _tokens(request: Request, connection: Connection, given: Refreshed) -> Tokens:
    state = request.app.state
    user = await users.find(connection, given.user_id)
    standing = await sessions.standing(connection, given.session)
    if user is None or standing is None:
        raise refused("session-ended", "this account was deleted")
    signer = state.identities.signer
    names = user.model_dump(include=set(UserName.model_fields))
    return Tokens(
        access_token=signer.sign(Claims(user.id, given.session, standing.role_version)),
        expires_in=signer.seconds,
        refresh_token=given.token,
        refresh_expires_in=round(state.settings.refresh_token_expire_days * 86_400),
        user=UserName(**names),
    )
