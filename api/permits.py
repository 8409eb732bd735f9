"""What a route asks of its caller: `Depends(permit(Permission.READ))`, exactly one a route."""

from http import HTTPStatus
from typing import Final

from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.openapi.models import HTTPBearer as Bearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection, Request

from api import idempotency
from api.attempts import neighbourhood
from api.clients import client_in
from api.identities import Caller
from api.keys import count_failure, find_key, require_key
from api.problems import Problem
from api.tokens import refused
from api.tracing import note
from schemas.errors import Unavailable
from schemas.roles import LEAST_ROLE, Permission, changes, may

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
        await admit(request, NOBODY, self.permission)
        return NOBODY


class _ProducerPermit(Permit, SecurityBase):
    """For the keys of producers, which open nothing else."""

    scheme_name = "key"
    model = APIKey(**{"in": APIKeyIn.header}, name="X-API-Key")

    async def __call__(self, request: HTTPConnection) -> Caller:
        key = await require_key(request)
        return Caller(key.id, key.name, None, "key")


class _UserPermit(Permit, SecurityBase):
    """For users who are logged in and have the role."""

    scheme_name = "login"
    model = Bearer(bearerFormat="JWT", description="The access_token of POST /api/v1/auth/login.")

    async def __call__(self, request: HTTPConnection) -> Caller:
        try:
            caller = await self._caller(request)
        except Problem as problem:
            if problem.status is HTTPStatus.UNAUTHORIZED:
                await count_failure(request)
            raise
        await admit(request, caller, self.permission)
        return caller

    async def _caller(self, request: HTTPConnection) -> Caller:
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


async def admit(request: HTTPConnection, caller: Caller, permission: Permission) -> None:
    """Once it is known who asks: limits, and the Idempotency-Key. A socket has neither.

    A POST that only reads is not remembered: it may be done twice, its answer may be large, and a
    ticket for live updates is nobody's but whose it is.

    Raises Problem 429 when the caller asks too often; 409 and 422 as `idempotency.begin`.
    """
    if not isinstance(request, Request):
        return
    if caller.kind == "nobody":
        address = neighbourhood(client_in(request.scope).address)
        await request.app.state.limits.spend(request.scope, f"address:{address}")
        return
    who = f"{caller.kind}:{caller.id}"
    await request.app.state.limits.spend(request.scope, who)
    if changes(permission):
        await idempotency.begin(request, who)


async def is_known(request: Request) -> bool:
    """Whether somebody whom we know asks, whatever they may do; costs and refuses nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if await find_key(request) is not None:
            return True
        if scheme.lower() == "bearer" and token.strip():
            await request.app.state.identities.check(token.strip())
            return True
    except (Problem, Unavailable):
        return False
    return False
