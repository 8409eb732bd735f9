"""The persist stage: log.entries in, Postgres out; one transaction for all that has arrived.

At least once on the wire, exactly once in the tables: the first row for a record wins whole, and
only rows that won are summed. Flushed when there is much, and by a timer when there is little.
"""

from faust.types import TP, EventT

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.claiming import Claim, claim
from agents.engine.gathering import Gathering, Sizes
from agents.engine.metrics import (
    APPLIED_ENTRIES,
    FLUSH_SECONDS,
    REPEATED_ENTRIES,
    UPSERTED_ROWS,
)
from agents.engine.window import Send, Window
from agents.persisting.folding import aliases, births, fold
from agents.persisting.rows import as_row, firsts, unapplied
from connectors.kafka import topic_name
from connectors.stores import batches, patterns
from connectors.stores.postgres import Connection, transaction
from schemas import headers
from schemas.errors import InvalidEvent
from schemas.logs import Entry, decode_entries
from schemas.settings import Settings
from schemas.topics import DLQ, LOG_ENTRIES

# More lines fold into fewer rows each, at the price of memory.
_SIZES = Sizes(busy=20_000, full=400_000, held=800_000)


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
    """Those whose lines count; the rows of the others become repeats."""
    claims = [Claim(e.range, e.replay, e.source, e.parsed) for e in entries]
    counts = await claim(connection, claims)
    repeated = [as_row(e) for e, new in zip(entries, counts, strict=True) if not new]
    await batches.set_repeated(connection, repeated)
    return [e for e, new in zip(entries, counts, strict=True) if new]


class Persist:
    """The edge around `apply`: gathers entries, flushes, settles."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._window = Window(app)
        self._topic = topic_name(settings, LOG_ENTRIES)
        self._dlq_topic = topic_name(settings, DLQ)
        self._gathering = Gathering(app, self._flush, _SIZES)

    def register(self) -> None:
        """Adds the agent and the flusher to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")

        async def persist(stream: object) -> None:
            await loop.run(stream, self._handle)

        self._app.agent(topic, name="persist", concurrency=1)(persist)
        self._app.task(self._gathering.flush_forever)

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        done = (message.tp, message.offset)
        try:
            entries = decode_entries(message.value or b"")
        except InvalidEvent as error:
            await self._reject(message.value or b"", done, error)
            return
        size = sum(entry.parsed for entry in entries) + len(entries)
        await self._gathering.add(entries, done, size)

    async def _reject(self, value: bytes, done: tuple[TP, int], error: InvalidEvent) -> None:
        tp, offset = done
        about = {
            headers.DEAD_ID: f"{tp.topic}/{tp.partition}/{offset}",
            headers.DEAD_TOPIC: tp.topic,
            headers.DEAD_PARTITION: str(tp.partition),
            headers.DEAD_OFFSET: str(offset),
            headers.DEAD_STAGE: "persist",
            headers.DEAD_REASON: error.reason,
            headers.DEAD_DETAIL: error.detail[:500],
        }
        pairs = [(name, text.encode()) for name, text in about.items()]
        await self._window.send([Send(self._dlq_topic, tp.topic.encode(), value, pairs)], [done])

    async def _flush(self, entries: list[Entry]) -> None:
        with FLUSH_SECONDS.time():
            async with transaction(self._app.pool) as connection:
                rows = await apply(connection, entries)
        UPSERTED_ROWS.inc(rows)
