"""The keep stage: points of metrics.raw in, history out; one transaction for all that has arrived.

At least once on the wire, exactly once in the tables: only records whose row was new are written.
A history outside Postgres is written first, then the frontier; dead letters are acknowledged
before the commit, and all of it before a record is settled.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

from faust.types import TP
from psycopg import Rollback

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.attempts import LIMIT, Attempts
from agents.engine.chains import Chains, Place
from agents.engine.chunks import Chunk
from agents.engine.claiming import Claim, claim
from agents.engine.deadletters import Dead, Origin, dead_letter
from agents.engine.gathering import Gathering, Sizes
from agents.engine.metrics import (
    DEAD_POINTS,
    FLUSH_SECONDS,
    REPEATED_POINTS,
    STORED_POINTS,
)
from agents.engine.records import record_of
from agents.engine.window import Send, Window
from agents.measuring.points import DAY_MS
from agents.parsing.record import Record
from agents.persisting.points import (
    PointOutcome,
    as_points,
    condemn,
    decide,
    gap,
    halves,
    measured,
    refused,
    repeat,
    shares,
)
from agents.persisting.rows import firsts, unapplied
from agents.persisting.sources import point_sums
from connectors.kafka import topic_name
from connectors.stores import batches, last_points, point_books, sources
from connectors.stores.history.choice import open_history
from connectors.stores.history.port import History
from connectors.stores.postgres import Connection, transaction
from schemas.batches import PointRow
from schemas.headers import POINTS
from schemas.history import Point, Written
from schemas.settings import Settings
from schemas.strange_points import DeadItem
from schemas.topics import DLQ, METRICS_RAW

_SIZES = Sizes(busy=2_000, full=100_000, held=200_000)

Bury = Callable[[PointOutcome, Sequence[DeadItem]], Awaitable[None]]


async def apply(
    connection: Connection, history: History, outcomes: Sequence[PointOutcome], bury: Bury
) -> list[PointRow]:
    """Store the effects of outcomes, each record's once; `bury` returns when dead items are safe.

    Returns the rows that were new, with what became of their points.
    """
    rows = [found.row for found in outcomes]
    applied = await batches.lock_frontiers(connection, firsts(rows))
    fresh = unapplied(rows, applied)
    won = await point_books.insert(connection, fresh)
    first = {found.row.key: found for found in reversed(outcomes)}
    winners = [first[row.key] for row in fresh if row.key in won]
    claims = [
        Claim(found.range, found.record.replay, found.row.source, len(found.measured.value))
        for found in winners
    ]
    counts = await claim(connection, claims)
    counting = [found for found, new in zip(winners, counts, strict=True) if new]
    repeats = [repeat(f.row) for f, new in zip(winners, counts, strict=True) if not new]
    kept, rejected = await _write(connection, history, counting)
    hosts, newest = measured(counting, rejected)
    await point_books.note_hosts(connection, hosts)
    await last_points.note(connection, newest)
    inserted = set(rows)
    await point_books.correct(connection, [r for r in [*kept, *repeats] if r not in inserted])
    also = refused(rejected)
    for found in counting:
        dead = [*found.measured.dead, *also.get((found.row.partition, found.row.offset), ())]
        if dead and found.record.replay is None:
            await bury(found, dead)
    await sources.add(connection, "points", point_sums([*kept, *repeats]))
    await batches.advance(connection, applied)
    return [*kept, *repeats]


async def _write(
    connection: Connection, history: History, outcomes: Sequence[PointOutcome]
) -> tuple[list[PointRow], list[tuple[Point, str]]]:
    """Rows with what became of their points, and the points that were refused.

    All in one write; where it cannot be told whose points met others, again in two halves.
    """
    points = as_points(outcomes)
    written = Written(0, 0, [])
    rows: list[PointRow] | None = None
    async with connection.transaction() as attempt:
        if points:
            written = await history.write(connection, points)
        rows = shares(outcomes, points, written)
        if rows is None:
            raise Rollback(attempt)
    if rows is not None:
        return rows, written.rejected
    low, high = halves(outcomes)
    low_rows, low_rejected = await _write(connection, history, low)
    high_rows, high_rejected = await _write(connection, history, high)
    return low_rows + high_rows, low_rejected + high_rejected


class Keep:
    """The edge around `apply`: reads records, gathers, flushes."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._retention_ms = settings.metric_retention_days * DAY_MS
        self._topic = topic_name(settings, METRICS_RAW)
        self._dlq_topic = topic_name(settings, DLQ)
        self._window = Window(app)
        self._attempts = Attempts(
            settings.data_dir / "agents" / "attempts", settings.record_time_limit_seconds
        )
        self._chains = Chains(app, settings, _new_place)
        self._gathering = Gathering(app, self._flush, _SIZES)
        self._history: History | None = None

    def register(self) -> None:
        """Adds the agent and the flusher to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")
        self._app.by_chunk.add(self._topic)

        async def keep(stream: object) -> None:
            await loop.run_chunks(stream, self._handle)

        self._app.agent(topic, name="keep", concurrency=1)(keep)
        self._app.task(self._keep_forever)

    async def _keep_forever(self) -> None:
        async with AsyncExitStack() as stack:
            self._history = await loop.or_die(
                "history_failed", loop.patiently(lambda: self._opened(stack))
            )
            await self._gathering.flush_forever()

    async def _opened(self, stack: AsyncExitStack) -> History:
        return await stack.enter_async_context(open_history(self._settings, self._app.pool))

    async def _handle(self, chunk: Chunk) -> None:
        if self._chains.begin(chunk.generation):
            self._attempts.reload()
        if chunk.tp not in self._chains.places:
            await self._chains.open(chunk.tp.topic)
        for found in chunk.records:
            await self._take(chunk.tp, record_of(found))

    async def _take(self, tp: TP, record: Record) -> None:
        if record.offset < self._chains.start(tp):
            self._app.exact_consumer.settle(tp, record.offset)
            return
        place = self._chains.places[tp]
        found = []
        if (missing := await self._chains.expired(tp, record.offset)) is not None:
            found.append(gap(record, place.epoch, place.prev_offset, missing))
            place.prev_offset = missing
        outcome = self._decide(record, place)
        place.prev_offset = record.offset
        found.append(outcome)
        await self._gathering.add(found, (tp, record.offset), outcome.measured.points + 1)

    def _decide(self, record: Record, place: Place) -> PointOutcome:
        where = (record.topic, record.partition, record.offset)
        if self._attempts.failed(*where) >= LIMIT:
            self._attempts.forget(*where)
            return condemn(record, place.epoch, place.prev_offset)
        self._attempts.begin(*where, record.offset)
        outcome = decide(record, place.epoch, place.prev_offset, self._retention_ms)
        self._attempts.end()
        self._attempts.forget(*where)
        return outcome

    async def _flush(self, outcomes: list[PointOutcome]) -> None:
        history = self._history
        if history is None:
            raise RuntimeError("the history is opened before anything is flushed")
        with FLUSH_SECONDS.time():
            async with transaction(self._app.pool) as connection:
                rows = await apply(connection, history, outcomes, self._bury)
        STORED_POINTS.inc(sum(row.stored for row in rows))
        REPEATED_POINTS.inc(sum(row.deduplicated for row in rows))
        DEAD_POINTS.inc(sum(max(row.dead, 0) for row in rows))

    async def _bury(self, outcome: PointOutcome, dead: Sequence[DeadItem]) -> None:
        row, record = outcome.row, outcome.record
        origin = Origin("keep", POINTS, row.source, row.epoch, outcome.range)
        sends: list[Send] = [
            dead_letter(self._dlq_topic, record, origin, Dead(*item)) for item in dead
        ]
        await self._window.deliver(sends)


def _new_place(_tp: TP, epoch: int, prev_offset: int) -> Place:
    return Place(epoch, prev_offset)
