"""/api/v1/users: accounts, for admins."""

import uuid
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.audit import record
from api.documented import problems
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from api.versions import expect_version, set_etag
from connectors.first_admin import forget_login
from connectors.stores import sessions, users
from connectors.stores.postgres import Connection
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page, from_cursor, to_cursor
from schemas.roles import Permission
from schemas.users import GRAMMAR, NewUser, User, UserChange

router = APIRouter(prefix="/api/v1/users", tags=["users"])

Admin = Annotated[Caller, Depends(permit(Permission.WRITE_USERS))]
UserId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("", response_model=Page[User], responses=listed(), openapi_extra=parameters(GRAMMAR))
async def list_users(
    request: Request,
    response: Response,
    caller: Admin,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Any:
    """By username."""
    asked = filter_of(request, GRAMMAR)

    async def fetch(count: int, after: str | None) -> Page[User]:
        behind = str(from_cursor(after, 1)[0]) if after else ""
        async with request.app.state.database.reading() as connection:
            found, total = await users.listed(connection, asked, behind, count + 1)
        more = to_cursor([found[count - 1].username.lower()]) if len(found) > count else None
        return Page(items=found[:count], next_cursor=more, total=total)

    return await listing(request, response, caller, "users", User, fetch, limit, cursor)


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(400, 409))
async def create_user(request: Request, response: Response, asked: NewUser, caller: Admin) -> User:
    """A new account."""
    hashed = await request.app.state.hashing.hash(asked.password)
    fields = {**asked.model_dump(mode="json"), "password": hashed}
    async with request.app.state.database.writing() as connection:
        try:
            made = await users.add(connection, uuid.uuid4().hex, fields)
        except users.TakenError as error:
            detail = f"there is a user {asked.username!r} already"
            raise Problem(HTTPStatus.CONFLICT, "taken", detail) from error
        await record(
            connection, caller, request, "users.create", f"users/{made.id}", after=_audited(made)
        )
    set_etag(response, made.version)
    response.headers["Location"] = f"{request.url.path}/{made.id}"
    return made


@router.get("/{user_id}", responses=problems(404))
async def one_user(request: Request, response: Response, user_id: UserId, caller: Admin) -> User:
    """One account; its ETag is good for If-Match."""
    async with request.app.state.database.reading() as connection:
        found = await users.find(connection, user_id)
    if found is None:
        raise _unknown(user_id)
    set_etag(response, found.version)
    return found


@router.patch("/{user_id}", responses=problems(400, 404, 409, 412))
async def change_user(
    request: Request, response: Response, user_id: UserId, asked: UserChange, caller: Admin
) -> User:
    """Changes what is named. A new role, password, or disabling bites within two seconds.

    409 for the last enabled admin, who can be neither demoted nor disabled.
    """
    state = request.app.state
    fields: dict[str, Any] = asked.model_dump(mode="json", exclude_none=True)
    if asked.password is not None:
        fields["password"] = await state.hashing.hash(asked.password)
    async with state.database.writing() as connection:
        before = await _found(connection, request, user_id)
        try:
            after = await users.change(connection, before, fields)
        except users.LastAdminError as error:
            raise _last_admin() from error
        if asked.password is not None or after.disabled:
            why = "disabled" if after.disabled else "password"
            await sessions.end_all(connection, user_id, why)
        changed = {**_audited(after)} | ({"password": "new"} if asked.password else {})
        await record(
            connection,
            caller,
            request,
            "users.update",
            f"users/{user_id}",
            _audited(before),
            changed,
        )
    state.identities.forget()
    if asked.password is not None:
        forget_login(state.settings.data_dir, after.username)
    set_etag(response, after.version)
    return after


@router.delete(
    "/{user_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(404, 409, 412),
)
async def delete_user(request: Request, user_id: UserId, caller: Admin) -> None:
    """Removes an account with its sessions; audit keeps its name. 409 for the last admin."""
    state = request.app.state
    async with state.database.writing() as connection:
        before = await _found(connection, request, user_id)
        try:
            await users.remove(connection, before)
        except users.LastAdminError as error:
            raise _last_admin() from error
        await record(
            connection, caller, request, "users.delete", f"users/{user_id}", _audited(before)
        )
    state.identities.forget()
    forget_login(state.settings.data_dir, before.username)


async def _found(connection: Connection, request: Request, user_id: str) -> User:
    found = await users.find_for_change(connection, user_id)
    if found is None:
        raise _unknown(user_id)
    expect_version(request, found.version)
    return found


def _audited(user: User) -> dict[str, Any]:
    return user.model_dump(mode="json", exclude={"id", "created_at", "last_login_at"})


def _unknown(user_id: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "not-found", f"there is no user {user_id}")


def _last_admin() -> Problem:
    detail = "this is the last enabled admin; make another one first"
    return Problem(HTTPStatus.CONFLICT, "last-admin", detail)
