"""Every write, audited in its own transaction: what is undone was never done."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection

from api.clients import client_in
from api.identities import Caller
from api.tracing import trace_in
from connectors.stores import audit
from connectors.stores.postgres import Connection


async def record(
    connection: Connection,
    caller: Caller,
    request: HTTPConnection,
    action: str,
    object_: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Who did what to what, from where, before and after.

    `action` is noun.verb ("keys.create"), `object_` like a path ("keys/ID"). Secret fields are
    blotted out by their names (schemas/audit.py); values must be such that JSON knows, or has a
    text for.
    """
    actor = audit.Actor(
        caller.id,
        caller.name,
        caller.kind,
        caller.session,
        address_of(request),
        trace_in(request.scope).id,
    )
    await audit.add(connection, actor, action, object_, before, after)


def address_of(request: HTTPConnection) -> str:
    """Where the request came from; "" where the server does not know."""
    return client_in(request.scope).address
