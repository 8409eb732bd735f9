"""The persist stage: log.entries in, Postgres out; one transaction for all that has arrived.

At least once on the wire, exactly once in the tables: the first row for a record wins whole, and
only rows that won are summed. Flushed when there is much, and by a timer when there is little.
"""

import asyncio
import functools
from dataclasses import dataclass, field

import structlog
from faust.types import TP, EventT

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.deadletters import dead_record
from agents.engine.metrics import (
    APPLIED_ENTRIES,
    FLUSH_SECONDS,
    REPEATED_ENTRIES,
    UPSERTED_ROWS,
)
from agents.engine.window import Window
from agents.persisting.folding import aliases, births, fold
from agents.persisting.rows import as_row, firsts, unapplied
from connectors.kafka import topic_name
from connectors.stores import batches, patterns
from connectors.stores.postgres import Connection, transaction
from schemas.errors import InvalidEvent
from schemas.logs import Entry, decode_entries
from schemas.settings import Settings
from schemas.topics import DLQ, LOG_ENTRIES

_FLUSH_SECONDS = 0.2  # a lone line waits no longer than this
_BUSY_LINES = 20_000  # so many in that time: wait on, to fold more lines into each row
_BUSY_SECONDS = 0.8
_FLUSH_LINES = 400_000  # more lines fold into fewer rows each, at the price of memory
_HELD_LINES = 800_000  # beyond, the stream waits for the database

_log = structlog.get_logger()


@dataclass
class Gathered:
    """What arrived since the last flush."""

    entries: list[Entry] = field(default_factory=list)
    done: list[tuple[TP, int]] = field(default_factory=list)
    lines: int = 0


async def apply(connection: Connection, entries: list[Entry]) -> int:
    """Store the effects of entries, each record's once. Returns the rows upserted."""
    applied = await batches.lock_frontiers(connection, firsts(entries))
    fresh = unapplied(entries, applied)
    rows = [as_row(entry) for entry in fresh]
    won = await batches.insert(connection, rows)
    winners = [entry for entry, row in zip(fresh, rows, strict=True) if row.key in won]
    counting = await _claim(connection, winners)
    folded = fold(counting)
    await patterns.add_minutes(connection, folded.minutes)
    await patterns.add_hours(connection, folded.hours)
    await patterns.add_sightings(connection, folded.sightings)
    await patterns.add_times(connection, folded.times)
    await patterns.add_births(connection, births(entries))
    await patterns.add_aliases(connection, aliases(entries))
    await batches.advance(connection, applied)
    APPLIED_ENTRIES.inc(len(winners))
    REPEATED_ENTRIES.inc(len(entries) - len(winners))
    return len(folded.minutes) + len(folded.hours) + len(folded.sightings) + len(winners)


async def _claim(connection: Connection, entries: list[Entry]) -> list[Entry]:
    """Those whose lines count: not a range that an edge sent before, not a replay done before."""
    ranges = [entry.range for entry in entries if entry.range]
    new_ranges = await batches.claim_ranges(connection, ranges) if ranges else set()
    # A replay that failed again claims nothing: its letter may be sent once more, after a remedy.
    replays = [(e.replay, e.source, e.parsed) for e in entries if e.replay and e.parsed]
    new_replays = await batches.claim_replays(connection, replays) if replays else set()
    repeated, counting = [], []
    for entry in entries:
        taken = entry.range and entry.range not in new_ranges
        if taken or (entry.replay and entry.parsed and entry.replay not in new_replays):
            repeated.append(as_row(entry))
            continue
        new_ranges.discard(entry.range or "")  # the second of two in one flush is a repeat
        new_replays.discard(entry.replay or "")
        counting.append(entry)
    await batches.set_repeated(connection, repeated)
    return counting


class Persist:
    """The edge around `apply`: gathers entries, flushes, settles."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._window = Window(app)
        self._topic = topic_name(settings, LOG_ENTRIES)
        self._dlq_topic = topic_name(settings, DLQ)
        self._gathered = Gathered()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def register(self) -> None:
        """Adds the agent and the flusher to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")

        async def persist(stream: object) -> None:
            await loop.run(stream, self._handle)

        self._app.agent(topic, name="persist", concurrency=1)(persist)
        self._app.task(self._flush_forever)

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        done = (message.tp, message.offset)
        try:
            entries = decode_entries(message.value or b"")
        except InvalidEvent as error:
            await self._reject(message.value or b"", done, error)
            return
        self._gathered.entries += entries
        self._gathered.done.append(done)
        self._gathered.lines += sum(entry.parsed for entry in entries) + len(entries)
        self._wake.set()
        if self._gathered.lines > _HELD_LINES:
            self._room.clear()
            await self._room.wait()

    async def _reject(self, value: bytes, done: tuple[TP, int], error: InvalidEvent) -> None:
        letter = dead_record(self._dlq_topic, done, value, "persist", error)
        await self._window.send([letter], [done])

    async def _flush_forever(self) -> None:
        while not self._app.should_stop:
            await self._wake.wait()
            if self._gathered.lines < _FLUSH_LINES:
                await asyncio.sleep(_FLUSH_SECONDS)
            if _BUSY_LINES < self._gathered.lines < _FLUSH_LINES:
                await asyncio.sleep(_BUSY_SECONDS)
            gathered, self._gathered = self._gathered, Gathered()
            self._wake.clear()
            self._room.set()
            flush = functools.partial(self._flush, gathered.entries)
            await loop.or_die("flush_failed", loop.patiently(flush))
            for tp, offset in gathered.done:
                self._app.exact_consumer.settle(tp, offset)

    async def _flush(self, entries: list[Entry]) -> None:
        with FLUSH_SECONDS.time():
            async with transaction(self._app.pool) as connection:
                rows = await apply(connection, entries)
        UPSERTED_ROWS.inc(rows)
