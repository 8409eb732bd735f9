"""What a route asks of its caller: `Depends(permit(Permission.READ))`, exactly one a route."""

from http import HTTPStatus
from typing import Literal, NamedTuple

from fastapi import Request

from api import idempotency
from api.clients import client_in
from api.keys import INSTANCE_KEY, find_key, unauthorized
from api.problems import Problem
from schemas.errors import Unavailable
from schemas.roles import Permission, Role


class Caller(NamedTuple):
    """Who sent a request, as routes and the audit log know them."""

    id: str
    name: str
    role: Role
    kind: Literal["user", "key", "nobody"]


class Permit:
    """A dependency that lets in who has the permission; a test finds it on every route."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Caller:
        """Raises Problem 401 without valid credentials, 403 with those of somebody else."""
        key = await find_key(request)
        if key is None:
            raise await unauthorized(request)
        if key != INSTANCE_KEY and self.permission is not Permission.INGEST:
            detail = "keys of producers send, and do nothing else"
            raise Problem(HTTPStatus.FORBIDDEN, "not-permitted", detail)
        caller = Caller(key.id, key.name, Role.ADMIN, "key")
        await admit(request, caller)
        return caller


def permit(permission: Permission) -> Permit:
    """The dependency for one permission."""
    return Permit(permission)


async def admit(request: Request, caller: Caller) -> None:
    """What happens once it is known who asks, before the route: limits and Idempotency-Key.

    Raises Problem 429 when the caller asks too often; 409 and 422 as `idempotency.begin`.
    """
    nobody = caller.kind == "nobody"
    who = f"address:{client_in(request.scope).address}" if nobody else f"{caller.kind}:{caller.id}"
    await request.app.state.limits.spend(request.scope, who)
    if not nobody:
        await idempotency.begin(request, who)


async def is_known(request: Request) -> bool:
    """Whether somebody whom we know asks, whatever they may do; costs and refuses nothing."""
    try:
        return await find_key(request) is not None
    except Unavailable:
        return False
