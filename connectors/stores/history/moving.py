"""Moves the history to another back end; cut off, it is run again from the start.

Bringing a point twice changes nothing, and who keeps points where is changed last. Until then
every writer waits, and stops when it sees that the history is elsewhere. With that change it is
written down where points are left, so that a move that ends there is gone on with by the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectors.stores.history import back_end
from connectors.stores.history.choice import open_named
from connectors.stores.postgres import Pool, new_pool, stand_idle, transaction
from schemas.errors import UserError
from schemas.settings import Settings

_CONNECTIONS: Final = 4  # one holds the record, one reads, one writes
_END_MS: Final = 4_102_444_800_000


@dataclass
class Move:
    """How far a move is. `refused` are the points that the new back end can never keep."""

    source: str
    target: str
    points: int = 0
    refused: int = 0
    reason: str = ""  # of the first one that was refused


async def move(settings: Settings, target: str, report: Callable[[Move], None]) -> Move:
    """Moves all points to the back end `target` and records it; what was moved is deleted.

    `report` is called now and then. Points that the target refuses keep the whole of the source
    from being deleted. Raises UserError when the source is not among the settings.
    """
    own = settings.model_copy(update={"database_pool_size": _CONNECTIONS})
    async with new_pool(own) as pool:
        async with transaction(pool) as holder:
            await stand_idle(holder)  # for hours where there are many points
            done = Move(await back_end.hold(holder) or target, target)
            leftover = await back_end.leftover(holder)
            if done.source != target:
                _check_reachable(settings, done)
                if leftover == target:  # what was forgotten since must not come back
                    await _empty(settings, pool, target)
                await _copy(settings, pool, done, report)
                leftover = "" if done.refused else done.source
                await back_end.change(holder, target, leftover)
        if leftover:
            _check_reachable(settings, Move(leftover, target))
            await _empty(settings, pool, leftover)
            async with transaction(pool) as connection:
                await back_end.forget_leftover(connection)
    return done


async def _empty(settings: Settings, pool: Pool, name: str) -> None:
    async with open_named(name, settings, pool) as history:
        await history.delete(_END_MS)


def _check_reachable(settings: Settings, wanted: Move) -> None:
    if back_end.INFLUXDB in (wanted.source, wanted.target) and not settings.influxdb_url:
        raise UserError(
            f"the history is to be moved from {wanted.source} to {wanted.target}, and there is no"
            " InfluxDB",
            "set INFLUXDB_URL and INFLUXDB_TOKEN, or INFLUXD_BINARY; with INFLUXDB_ENABLED=false"
            " the points go from there to Postgres",
        )


async def _copy(settings: Settings, pool: Pool, done: Move, report: Callable[[Move], None]) -> None:
    async with (
        open_named(done.source, settings, pool) as source,
        open_named(done.target, settings, pool) as target,
    ):
        async for pack in source.everything():
            async with transaction(pool) as connection:
                written = await target.bring(connection, pack)
            done.points += len(pack) - len(written.rejected)
            done.refused += len(written.rejected)
            if written.rejected and not done.reason:
                done.reason = written.rejected[0][1]
            report(done)
