"""Keeps the table of batch rows small, beside persist and never in its way."""

import asyncio
import time

import structlog

from agents.app import ForeshockApp
from agents.persisting.packing import runs
from connectors.kafka import topic_name
from connectors.stores import packing
from connectors.stores.postgres import transaction
from connectors.topic_log import open_log
from schemas.batches import Chain
from schemas.errors import Unavailable
from schemas.settings import Settings
from schemas.topics import LOGS_RAW, METRICS_RAW

_EVERY_SECONDS = 30.0

_log = structlog.get_logger()


class Packer:
    """Packs every chain in turn; what is unavailable now is packed later."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._points_topic = topic_name(settings, METRICS_RAW)
        self._lines_topic = topic_name(settings, LOGS_RAW)
        self._packed_through: dict[Chain, int] = {}
        self._log_starts: dict[Chain, int] = {}

    def register(self) -> None:
        """Adds the task to the app."""
        self._app.task(self._pack_forever)

    async def _pack_forever(self) -> None:
        while not self._app.should_stop:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self.pack(int(time.time() * 1000))
            except Unavailable as error:
                _log.warning("packing_later", detail=str(error))

    async def pack(self, now_ms: int) -> None:
        """One round over all chains. `now_ms`: Unix ms. Raises Unavailable."""
        async with transaction(self._app.pool) as connection:
            chains = await packing.chains(connection)
        starts: dict[str, dict[int, tuple[int, int]]] = {}
        for chain, applied in chains:
            if chain.topic not in (self._points_topic, self._lines_topic):
                continue  # of another TOPIC_PREFIX, or of a topic that is gone
            if chain.topic not in starts:
                async with open_log(self._settings, chain.topic) as log:
                    starts[chain.topic] = await log.bounds()
            start, _ = starts[chain.topic].get(chain.partition, (0, 0))
            more = True
            while more:
                more = await self._pack_some(chain, applied, start, now_ms)

    async def _pack_some(self, chain: Chain, applied: int, log_start: int, now_ms: int) -> bool:
        """Packs as many rows as are taken at once; whether there may be more."""
        book = packing.POINTS if chain.topic == self._points_topic else packing.LINES
        after = self._packed_through.get(chain, -1)
        if self._log_starts.get(chain) != log_start:
            after = -1  # retention has moved on: what it deleted is packed further
            self._log_starts[chain] = log_start
        async with transaction(self._app.pool) as connection:
            if not await packing.lock(connection, chain):
                return False
            rows = await packing.candidates(connection, book, chain, applied, after, now_ms)
            found = runs(rows, log_start)
            await packing.pack(connection, book, chain, found)
        if rows:
            # The last row may still grow into a run with those to come.
            self._packed_through[chain] = rows[-1].prev_offset - 1
        if found:
            packed = sum(len(run.rows) for run in found)
            _log.info("packed", chain=str(chain), rows=packed, runs=len(found))
        return len(rows) == packing.ROWS_AT_ONCE
