"""The conclude stage, a part of persist: commands and what became of them in, Postgres out.

People decide seldom, so each record is a transaction of its own. What cannot be read is respond's
to bury (a command), or was never written by us (a result).
"""

import functools

import structlog
from faust.types import EventT

from agents.app import ForeshockApp
from agents.correlation.intake import decode_command, decode_result
from agents.engine import loop
from connectors.kafka import topic_name
from connectors.stores import operations
from connectors.stores.postgres import transaction
from schemas.commands import Command, CommandResult
from schemas.errors import InvalidEvent
from schemas.settings import Settings
from schemas.topics import COMMANDS, RESULTS

_log = structlog.get_logger()


class Conclude:
    """Two agents: a command makes an operation, its result ends it. Either may come first."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._commands = topic_name(settings, COMMANDS)
        self._results = topic_name(settings, RESULTS)

    def register(self) -> None:
        """Adds the agents to the app."""

        async def await_results(stream: object) -> None:
            await loop.run(stream, self._handle)

        async def conclude(stream: object) -> None:
            await loop.run(stream, self._handle)

        for agent, name in ((await_results, self._commands), (conclude, self._results)):
            topic = self._app.topic(name, value_serializer="raw")
            self._app.agent(topic, name=agent.__name__, concurrency=1)(agent)

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        decode = decode_command if message.topic == self._commands else decode_result
        try:
            record = decode(message.value or b"")
        except InvalidEvent as error:
            _log.warning("unreadable", topic=message.topic, offset=message.offset, why=error.reason)
        else:
            await loop.patiently(functools.partial(self._keep, record))
        self._app.exact_consumer.settle(message.tp, message.offset)

    async def _keep(self, record: Command | CommandResult) -> None:
        async with transaction(self._app.pool) as connection:
            if isinstance(record, Command):
                await operations.begin(connection, record)
            else:
                await operations.end(connection, record)
