"""Has records read again whose entries were lost before they reached Postgres.

Retention may delete entries while persist is down for longer than they are kept; a database may be
restored from a backup. Either way persist has read all there is, and the frontier still stands
below what was settled here. The records themselves are mostly still there: the worker commits the
offset behind the frontier and ends itself, so that it starts again there. What the rows behind the
hole already hold is discarded as a repeat; what logs.raw has lost, too, becomes an expired row.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import structlog
from faust.types import TP

from agents.app import ForeshockApp, group
from agents.engine.assignment import Assignments
from agents.engine.ending import die
from agents.engine.loop import or_die
from connectors.groups import read_through
from connectors.kafka import topic_name
from connectors.stores import batches
from connectors.stores.postgres import transaction
from connectors.topic_log import open_log
from schemas.batches import Chain
from schemas.errors import ForeshockError, Unavailable
from schemas.settings import Settings
from schemas.topics import LOG_ENTRIES, LOGS_RAW

_EVERY_SECONDS = 5.0

_log = structlog.get_logger()


class EntriesLost(ForeshockError):
    """What was settled here never reached Postgres and no longer can."""


class Awaited(NamedTuple):
    """The entries of all records below `settled` lie in log.entries below `end`."""

    epoch: int
    settled: int
    end: int

    def is_lost(self, read: int, applied: int) -> bool:
        """Whether persist has `read` that far, and `applied` is still below. Pure."""
        return read >= self.end and applied < self.settled - 1


class Recount:
    """Compares, every few seconds, what was settled with what was applied."""

    def __init__(self, app: ForeshockApp, settings: Settings, assignments: Assignments) -> None:
        self._app = app
        self._settings = settings
        self._assignments = assignments
        self._topic = topic_name(settings, LOGS_RAW)
        self._awaited: dict[TP, Awaited] = {}

    def register(self) -> None:
        """Adds the task to the app."""
        self._app.task(self._watch)

    async def _watch(self) -> None:
        while not self._app.should_stop:
            await asyncio.sleep(_EVERY_SECONDS)
            if lost := await or_die("recount_failed", self._look_or_wait()):
                await self._app.exact_consumer.rewind(lost)
                again = ", ".join(f"{tp.topic}-{tp.partition} from {at}" for tp, at in lost.items())
                die("entries_lost", EntriesLost(f"reading again: {again}"))

    async def _look_or_wait(self) -> dict[TP, int]:
        try:
            return await self._look()
        except Unavailable as error:
            _log.warning("recount_later", detail=str(error))
            return {}

    async def _look(self) -> dict[TP, int]:
        """Where to read again, by partition; empty when nothing is lost. Raises Unavailable."""
        applied = await self._applied()
        newest: dict[TP, int] = {}
        for chain in applied:
            tp = TP(chain.topic, chain.partition)
            newest[tp] = max(chain.epoch, newest.get(tp, 0))
        settled = self._assignments.settled(newest)
        waiting = {
            tp: (epoch, offset, applied[chain])
            for tp, (epoch, offset) in settled.items()
            if applied[chain := Chain(tp.topic, tp.partition, epoch)] < offset - 1
        }
        self._awaited = {
            tp: known
            for tp, known in self._awaited.items()
            if tp in waiting
            and waiting[tp][0] == known.epoch
            and waiting[tp][2] < known.settled - 1
        }
        return await self._judge(waiting) if waiting else {}

    async def _applied(self) -> dict[Chain, int]:
        async with transaction(self._app.pool) as connection:
            return await batches.frontiers(connection, self._topic)

    async def _judge(self, waiting: Mapping[TP, tuple[int, int, int]]) -> dict[TP, int]:
        entries = topic_name(self._settings, LOG_ENTRIES)
        async with open_log(self._settings, entries) as log:
            bounds = await log.bounds()
        lost = {}
        if self._awaited:
            read = await read_through(
                self._settings, group(self._settings, "persist"), bounds, entries
            )
            applied = await self._applied()
            for tp, known in self._awaited.items():
                at = applied[Chain(tp.topic, tp.partition, known.epoch)]
                if known.is_lost(read[tp.partition], at):
                    lost[tp] = at + 1
        for tp, (epoch, offset, _) in waiting.items():
            self._awaited.setdefault(tp, Awaited(epoch, offset, bounds[tp.partition][1]))
        return lost
