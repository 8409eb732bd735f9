"""What a route asks of its caller: `Depends(permit(Permission.READ))`, exactly one a route."""

from http import HTTPStatus
from typing import Final

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.openapi.models import HTTPBearer as Bearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from api.identities import Caller
from api.keys import require_key
from api.problems import Problem
from api.tokens import refused
from api.tracing import note
from schemas.roles import LEAST_ROLE, Permission, may

__all__ = ["NOBODY", "Caller", "Permit", "permit"]

NOBODY: Final = Caller("", "", None, "nobody")


class Permit:
    """A dependency that lets in who has the permission; a test finds it on every route."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: HTTPConnection) -> Caller:
        """Who calls: NOBODY, as everybody may.

        The others raise Problem 401 without valid credentials, 403 with those of somebody who may
        not; and Unavailable while that cannot be known.
        """
        return NOBODY


class _ProducerPermit(Permit, SecurityBase):
    """For the keys of producers, which open nothing else."""

    scheme_name = "key"
    model = APIKey(**{"in": APIKeyIn.header}, name="X-API-Key")

    async def __call__(self, request: HTTPConnection) -> Caller:
        name = require_key(request)
        return Caller(name, name, None, "key")


class _UserPermit(Permit, SecurityBase):
    """For users who are logged in and have the role."""

    scheme_name = "login"
    model = Bearer(bearerFormat="JWT", description="The access_token of POST /api/v1/auth/login.")

    async def __call__(self, request: HTTPConnection) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            detail = "log in at /api/v1/auth/login, then send Authorization: Bearer ACCESS_TOKEN"
            raise refused("unauthorized", detail)
        caller: Caller = await request.app.state.identities.check(token.strip())
        note(request.scope, caller=caller.name)
        if caller.role is None or not may(caller.role, self.permission):
            least = LEAST_ROLE[self.permission]
            detail = f"this takes the role {least}; yours is {caller.role}"
            raise Problem(HTTPStatus.FORBIDDEN, "forbidden", detail)
        return caller


_KINDS: Final = {Permission.PUBLIC: Permit, Permission.INGEST: _ProducerPermit}


def permit(permission: Permission) -> Permit:
    """The dependency for one permission."""
    return _KINDS.get(permission, _UserPermit)(permission)
