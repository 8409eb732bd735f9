"""Operations: people's commands and what became of each. Written by persist, read by the API.

The first result of a command is the one that counts. Operations are kept for a month.
"""

from typing import Final

from connectors.stores.columns import json_text, storable
from connectors.stores.postgres import Connection
from schemas.commands import Command, CommandResult, Operation

_BEGIN: Final = """
insert into operations (id, kind, by_id, by_name, at) values (%s, %s, %s, %s, %s)
on conflict (id) do nothing
"""
_END: Final = """
insert into operation_results (id, items) values (%s, %s) on conflict (id) do nothing
"""
_FORGET: Final = (
    "delete from operations where kept_at < now() - interval '30 days'",
    "delete from operation_results where kept_at < now() - interval '30 days'",
)
_ONE: Final = """
select o.id, o.kind, o.by_id, o.by_name, o.at, r.items
from operations o left join operation_results r using (id) where o.id = %s
"""


async def begin(connection: Connection, command: Command) -> None:
    """Somebody wants something; what is older than a month goes."""
    by = command.by
    row = (command.id, command.kind, by.id, by.name, command.at)
    await connection.execute(_BEGIN, _storable(row))
    for statement in _FORGET:
        await connection.execute(statement)


async def end(connection: Connection, result: CommandResult) -> None:
    """It was decided."""
    items = [item.model_dump(mode="json", exclude={"alert"}) for item in result.items]
    await connection.execute(_END, (*_storable((result.id,)), json_text(items)))


async def one(connection: Connection, operation_id: str) -> Operation | None:
    """An operation, pending or done; None when there is none, or not yet."""
    found = await connection.execute(_ONE, _storable((operation_id,)))
    row = await found.fetchone()
    if row is None:
        return None
    return Operation.model_validate(
        {
            "id": row[0],
            "state": "pending" if row[5] is None else "done",
            "kind": row[1],
            "by": {"id": row[2], "name": row[3]},
            "at": row[4],
            "items": row[5] or [],
        }
    )


def _storable(row: tuple[object, ...]) -> tuple[object, ...]:
    return next(iter(storable([row])))
