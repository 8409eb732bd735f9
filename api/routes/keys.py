"""/api/v1/keys: what lets producers in; each key may do one thing, and is shown once."""

import secrets
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.audit import record
from api.documented import problems
from api.kinds import outer_path
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from connectors.stores import keys
from schemas.keys import GRAMMAR, Key, KeyWish, NewKey, new_key, shown_start
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page
from schemas.roles import Permission

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
Keeper = Annotated[Caller, Depends(permit(Permission.WRITE_KEYS))]


@router.get("", response_model=Page[Key], responses=listed(), openapi_extra=parameters(GRAMMAR))
async def list_keys(
    request: Request,
    response: Response,
    caller: Keeper,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Any:
    """Every key that was ever made, the newest first; the keys themselves are not known.

    `q` is looked for in its name and its first characters.
    """
    asked, now = filter_of(request, GRAMMAR), datetime.now(UTC)

    async def fetch(count: int, after: str | None) -> Page[Key]:
        async with request.app.state.database.reading() as connection:
            return await keys.page(connection, asked, now, count, after)

    return await listing(request, response, caller, "keys", Key, fetch, limit, cursor)


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(409))
async def make_key(request: Request, response: Response, caller: Keeper, wish: KeyWish) -> NewKey:
    """A new key for what the wish says. Its text is in this answer, and nowhere else."""
    state, key, key_id = request.app.state, new_key(), secrets.token_hex(8)
    digest = state.keyring.digest(key)
    async with state.database.writing() as connection:
        made = await keys.add(connection, key_id, wish, digest, shown_start(key), caller.name)
        after = wish.model_dump(mode="json")
        await record(connection, caller, request, "keys.create", f"keys/{key_id}", after=after)
    state.keyring.forget()
    response.headers["Location"] = f"{outer_path(request.scope)}/{key_id}"
    return NewKey(**made.model_dump(), key=key)


@router.get("/{key_id}", responses=problems(404))
async def get_key(request: Request, _caller: Keeper, key_id: KeyId) -> Key:
    """One key."""
    async with request.app.state.database.reading() as connection:
        found: Key | None = await keys.one(connection, key_id)
    if found is None:
        raise _no_such_key(key_id)
    return found


@router.delete("/{key_id}", status_code=HTTPStatus.NO_CONTENT, responses=problems(404))
async def revoke_key(request: Request, caller: Keeper, key_id: KeyId) -> None:
    """Ends a key for good: within a second nobody gets in with it, on any replica."""
    async with request.app.state.database.writing() as connection:
        before = await keys.one(connection, key_id)
        if before is None:
            raise _no_such_key(key_id)
        if await keys.revoke(connection, key_id):
            was = before.model_dump(mode="json", include={"name", "state", "sources", "endpoints"})
            await record(connection, caller, request, "keys.revoke", f"keys/{key_id}", was)
    request.app.state.keyring.forget()


def _no_such_key(key_id: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "not-found", f"there is no key {key_id!r}")
