"""Every write, told to whoever keeps the record of who did what."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection

from api.permits import Caller
from api.tracing import note
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
    """Who did what to what, before and after, in the caller's transaction.

    `action` is noun.verb ("uploads.create"), `object_` like a path ("uploads/ID").
    """
    note(request.scope, by=caller.name, action=action, object=object_)
