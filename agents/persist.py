"""The persist stage: log.entries in, Postgres out; one transaction for all that has arrived.

At least once on the wire, exactly once in the tables: the first row for a record wins whole, and
only rows that won are summed. Flushed when there is much, and by a timer when there is little.
"""

from faust.types import TP

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.chunks import Chunk
from agents.engine.claiming import Claim, claim
from agents.engine.deadletters import dead_record
from agents.engine.gathering import Gathering, Sizes
from agents.engine.metrics import (
    APPLIED_ENTRIES,
    FLUSH_SECONDS,
    REPEATED_ENTRIES,
    UPSERTED_ROWS,
)
from agents.engine.window import Window
from agents.persisting.folding import aliases, births, fold
from agents.persisting.rows import as_row, chain_of, firsts, holes, repeated, unapplied
from agents.persisting.sources import line_sums
from connectors.kafka import topic_name
from connectors.stores import batches, line_hosts, line_minutes, patterns, sources
from connectors.stores.postgres import Connection, transaction
from schemas.batches import Chain, Row
from schemas.errors import InvalidEvent
from schemas.logs import Entry, decode_entries
from schemas.settings import Settings
from schemas.topics import DLQ, LOG_ENTRIES

# In bytes as they came, which tell the rows that a transaction writes, and so its memory: a
# thousand lines may be of five patterns or of five hundred. More fold into fewer rows each.
_SIZES = Sizes(busy=400_000, full=1_500_000, held=3_000_000)


async def apply(connection: Connection, entries: list[Entry]) -> int:
    """Store the effects of entries, each record's once. Returns the rows upserted."""
    applied = await batches.lock_frontiers(connection, firsts(entries))
    gone = [entry for entry in entries if entry.expired]
    fresh = unapplied([entry for entry in entries if not entry.expired], applied)
    rows = [as_row(entry) for entry in fresh]
    won = await batches.insert(connection, rows)
    winners = [entry for entry, row in zip(fresh, rows, strict=True) if row.key in won]
    await _mark_expired(connection, gone, applied)
    counting, repeats = await _claim(connection, winners)
    folded = fold(counting)
    await patterns.add_minutes(connection, folded.minutes)
    await patterns.add_hours(connection, folded.hours)
    await patterns.add_sightings(connection, folded.sightings)
    await patterns.add_times(connection, folded.times)
    await line_minutes.add(connection, folded.severities)
    await line_hosts.add(connection, folded.hosts)
    await patterns.add_births(connection, births(entries))
    await patterns.add_aliases(connection, aliases(entries))
    await sources.add(connection, "lines", line_sums([*map(as_row, counting), *repeats]))
    await batches.advance(connection, applied)
    APPLIED_ENTRIES.inc(len(winners))
    REPEATED_ENTRIES.inc(len(entries) - len(gone) - len(winners))
    return len(folded.minutes) + len(folded.hours) + len(folded.sightings) + len(winners)


async def _mark_expired(
    connection: Connection, gone: list[Entry], applied: dict[Chain, int]
) -> None:
    """Rows for records that nobody can read any more, but only where no row is: the entries of some
    may have arrived although the records themselves are gone.
    """
    for entry in gone:
        chain = chain_of(entry)
        after = max(entry.prev_offset, applied[chain])
        found = await batches.links(connection, chain, after, entry.offset)
        missing = holes(after, entry.offset, found)
        rows = [as_row(entry)._replace(prev_offset=prev, offset=last) for prev, last in missing]
        await batches.insert(connection, rows)


async def _claim(connection: Connection, entries: list[Entry]) -> tuple[list[Entry], list[Row]]:
    """Those whose lines count, and the rows of the others, which became repeats."""
    claims = [Claim(e.range, e.replay, e.source, e.parsed) for e in entries]
    counts = await claim(connection, claims)
    rows = [as_row(e) for e, new in zip(entries, counts, strict=True) if not new]
    await batches.set_repeated(connection, rows)
    counting = [e for e, new in zip(entries, counts, strict=True) if new]
    return counting, [repeated(row) for row in rows]


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
        self._app.by_chunk.add(self._topic)

        async def persist(stream: object) -> None:
            await loop.run_chunks(stream, self._handle)

        self._app.agent(topic, name="persist", concurrency=1)(persist)
        self._app.task(self._gathering.flush_forever)

    async def _handle(self, chunk: Chunk) -> None:
        for record in chunk.records:
            await self._take(record.value or b"", (chunk.tp, record.offset))

    async def _take(self, value: bytes, done: tuple[TP, int]) -> None:
        try:
            decode_entries(value)
        except InvalidEvent as error:
            await self._reject(value, done, error)
            return
        # Decoded again when it is written, for a hundredth of the time that a line costs: what
        # waits for a slow database would else take seven times the memory.
        await self._gathering.add([value], done, len(value))

    async def _reject(self, value: bytes, done: tuple[TP, int], error: InvalidEvent) -> None:
        letter = dead_record(self._dlq_topic, done, value, "persist", error)
        await self._window.send([letter], [done])

    async def _flush(self, values: list[bytes]) -> None:
        entries = [entry for value in values for entry in decode_entries(value)]
        with FLUSH_SECONDS.time():
            async with transaction(self._app.pool) as connection:
                rows = await apply(connection, entries)
        UPSERTED_ROWS.inc(rows)
