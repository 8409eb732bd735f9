"""/api/v1/me: one's own account, preferences, password and sessions."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.audit import record
from api.documented import problems
from api.permits import Caller, permit
from api.problems import Problem
from api.routes.auth import right_password
from api.tokens import refused
from connectors.first_admin import forget_login
from connectors.stores import sessions, users
from connectors.stores.postgres import Connection
from schemas.pages import Page
from schemas.roles import Permission
from schemas.users import Me, MyChange, PasswordChange, Session, check_preferences, merged

router = APIRouter(prefix="/api/v1/me", tags=["me"])

Myself = Annotated[Caller, Depends(permit(Permission.OWN_ACCOUNT))]


@router.get("", responses=problems())
async def me(request: Request, caller: Myself) -> Me:
    """Who is logged in, with the preferences that clients keep here."""
    async with request.app.state.database.reading() as connection:
        return await _me(connection, caller)


@router.patch("", responses=problems(400))
async def change_me(request: Request, asked: MyChange, caller: Myself) -> Me:
    """Changes the name, and merges preferences (RFC 7396)."""
    async with request.app.state.database.writing() as connection:
        user = await users.find_for_change(connection, caller.id)
        before = await _me(connection, caller)
        if asked.name is not None and user is not None:
            await users.change(connection, user, {"name": asked.name})
        if asked.preferences is not None:
            try:
                preferences = check_preferences(merged(before.preferences, asked.preferences))
            except ValueError as error:
                status = HTTPStatus.UNPROCESSABLE_ENTITY
                raise Problem(status, "invalid-request", str(error)) from error
            await users.set_preferences(connection, caller.id, preferences)
        after = await _me(connection, caller)
        seen = {"name", "preferences"}
        await record(
            connection,
            caller,
            request,
            "me.update",
            f"users/{caller.id}",
            before.model_dump(include=seen),
            after.model_dump(include=seen),
        )
    return after


@router.post("/password", status_code=HTTPStatus.NO_CONTENT, responses=problems(400))
async def change_password(request: Request, asked: PasswordChange, caller: Myself) -> None:
    """Needs the old password; 403 where that is wrong. Every other session of the user ends."""
    state = request.app.state
    try:
        _, old = await right_password(request, caller.name, asked.current)
    except Problem as problem:
        if problem.kind != "wrong-credentials":
            raise
        raise _wrong() from problem
    hashed = await state.hashing.hash(asked.new)
    async with state.database.writing() as connection:
        await _unchanged(connection, caller, old)
        await users.set_password(connection, caller.id, hashed)
        await sessions.end_all(connection, caller.id, "password", besides=caller.session)
        await record(connection, caller, request, "me.password", f"users/{caller.id}")
    state.identities.forget()
    forget_login(state.settings.data_dir, caller.name)


@router.get("/sessions", responses=problems())
async def my_sessions(request: Request, caller: Myself) -> Page[Session]:
    """Where this user is logged in."""
    async with request.app.state.database.reading() as connection:
        found = await sessions.listed(connection, caller.id, caller.session)
    return Page(items=found, total=len(found))


@router.delete(
    "/sessions/{session_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(404),
)
async def end_session(
    request: Request, session_id: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], caller: Myself
) -> None:
    """Ends one of the user's own sessions."""
    state = request.app.state
    async with state.database.writing() as connection:
        if not await sessions.end(connection, caller.id, session_id, "ended"):
            raise Problem(HTTPStatus.NOT_FOUND, "not-found", "you have no such session")
        await record(connection, caller, request, "me.session_end", f"sessions/{session_id}")
    state.identities.forget(session_id)


async def _unchanged(connection: Connection, caller: Caller, old: str) -> None:
    """The caller's own row for this transaction. Raises Problem when somebody else was at the
    account while passwords were hashed: an admin's reset is not undone.
    """
    found = await users.credentials_of(connection, caller.id)
    if found is None or found[0].disabled or found[1] != old:
        raise _wrong()
    standing = await sessions.standing(connection, caller.session)
    if standing is None or not standing.valid:
        raise refused("session-ended", "this session has ended; log in again")


def _wrong() -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "wrong-credentials", "the current password is wrong")


async def _me(connection: Connection, caller: Caller) -> Me:
    user = await users.find(connection, caller.id)
    if user is None:
        raise refused("session-ended", "this account was deleted")
    preferences = await users.preferences(connection, caller.id)
    return Me(**user.model_dump(), preferences=preferences, session=caller.session)
