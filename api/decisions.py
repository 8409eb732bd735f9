"""People's decisions on their way: to the topic `commands`, and back as what respond made of them.

The API never writes alerts. It waits a second for the result, and until Postgres has what was made,
so that who is told "done" also finds it in the list.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from api.database import Database
from connectors import results
from connectors.outlet import Outlet
from connectors.stores import alert_lists, operations
from schemas.commands import Command, CommandResult, DecidedItem, Operation
from schemas.errors import Unavailable
from schemas.settings import Settings

_BUDGET_SECONDS: Final = 1.0
_HEARD_SECONDS: Final = 0.8  # of it: then the table is asked, as a result may have been missed
_LOOK_SECONDS: Final = 0.03
_PAUSE_SECONDS: Final = 1.0
_REMEMBERED: Final = 1_000  # of what this process has sent, until persist knows it

_log = structlog.get_logger()


class Decisions:
    """One a process. Keep `run` running; without it results are found in the table."""

    def __init__(self, settings: Settings, outlet: Outlet, database: Database) -> None:
        self._settings = settings
        self._outlet = outlet
        self._database = database
        self._waiting: dict[str, asyncio.Future[CommandResult]] = {}
        self._sent: dict[str, Operation] = {}

    async def run(self) -> None:
        """Hears results until cancelled, whatever becomes of the broker meanwhile."""
        while True:
            try:
                await results.follow(self._settings, self._heard)
            except Unavailable as error:
                _log.warning("results_unavailable", reason=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def send(self, command: Command) -> None:
        """Returns when the broker has it. Raises Unavailable, and InvalidEvent when it is too
        large.
        """
        publisher = self._outlet.publisher
        self._waiting[command.id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._settings.api_ack_seconds):
                await (await publisher.send_command(command))
        except TimeoutError as error:
            lost = Unavailable("Kafka", "it does not acknowledge")
            self._outlet.failed(publisher, lost)
            raise lost from error
        except Unavailable as error:
            self._outlet.failed(publisher, error)
            raise
        self._sent[command.id] = pending(command)
        for known in list(self._sent)[:-_REMEMBERED]:
            del self._sent[known]

    async def outcome(self, command: Command) -> CommandResult | None:
        """What became of a command that was sent, once lists show it; None: not within a second."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _BUDGET_SECONDS
        future = self._waiting[command.id]
        await asyncio.wait([future], timeout=_HEARD_SECONDS)
        result = future.result() if future.done() else await self._looked_up(command.id)
        future.cancel()
        return result if result and await self._shown(result.items, until) else None

    async def earlier(self, command_id: str) -> Operation | None:
        """As `operation`, of a command that may have been sent before; done once lists show it."""
        found = await self.operation(command_id)
        until = asyncio.get_running_loop().time() + _BUDGET_SECONDS
        if found is None or await self._shown(found.items, until):
            return found
        return found.model_copy(update={"state": "pending", "items": []})

    async def operation(self, operation_id: str) -> Operation | None:
        """A command as persist knows it, else as this process sent it; None: no such command."""
        async with self._database.reading() as connection:
            found = await operations.one(connection, operation_id)
        return found or self._sent.get(operation_id)

    def forget(self, command: Command) -> None:
        """Nobody waits for it any more."""
        self._waiting.pop(command.id, None)

    def _heard(self, result: CommandResult) -> None:
        future = self._waiting.get(result.id)
        if future is not None and not future.done():
            future.set_result(result)

    async def _looked_up(self, command_id: str) -> CommandResult | None:
        found = await self.operation(command_id)
        if found is None or found.state == "pending":
            return None
        return CommandResult(id=found.id, items=found.items)

    async def _shown(self, items: Sequence[DecidedItem], until: float) -> bool:
        """Waits for lists to show what became of these, but not for longer than `until`."""
        wanted = {item.id: item.version for item in items if item.status == "applied"}
        while not await self._shows(wanted):
            if asyncio.get_running_loop().time() > until:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    async def _shows(self, wanted: dict[str, int]) -> bool:
        """Whether lists show these versions, or later ones."""
        async with self._database.reading() as connection:
            found = await alert_lists.versions(connection, list(wanted))
        return all(found.get(id_, 0) >= version for id_, version in wanted.items())


def pending(command: Command) -> Operation:
    """The operation of a command that was sent and of which nothing is known yet."""
    return Operation(
        id=command.id, state="pending", kind=command.kind, by=command.by, at=command.at
    )
