"""The parse stage: logs.raw in; log.entries, patterns and dead letters out.

Each input record gives exactly one Entry. Nothing is settled before everything that the record
produced is acknowledged.
"""

from typing import Any, cast

import structlog
from aiokafka.structs import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.assignment import Assignments
from agents.engine.attempts import LIMIT, Attempts
from agents.engine.broadcast import Broadcast
from agents.engine.chunks import Chunk
from agents.engine.deadletters import Dead, Origin, dead_letter
from agents.engine.metrics import DEAD_LINES, PARSED_LINES, RECORDS
from agents.engine.packs import Pack, Packs
from agents.engine.records import record_of
from agents.engine.recount import Recount
from agents.engine.suspect import decide_suspect
from agents.engine.window import Send, Window
from agents.parsing.outcome import Outcome, decide_all
from agents.parsing.record import Record
from agents.parsing.state import PartitionState
from connectors.kafka import topic_name
from schemas.headers import LINES, TRACEPARENT, text
from schemas.patterns import Pattern, PatternAlias
from schemas.settings import Settings
from schemas.topics import DLQ, LOG_ENTRIES, LOGS_RAW, PATTERNS

_CHANGES = TypeAdapter[Pattern | PatternAlias](Pattern | PatternAlias)
# Bytes of a line that is worth a slot of its own in a pack.
_LINE_BYTES = 512

_log = structlog.get_logger()


class Parse:
    """The edge around `decide`: what it needs from outside, and where its outcome goes."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._attempts = Attempts(
            settings.data_dir / "agents" / "attempts", settings.record_time_limit_seconds
        )
        self._assignments = Assignments(app, settings, self._attempts)
        self._known: dict[str, Pattern | PatternAlias] = {}
        self._packs = Packs(Window(app), topic_name(settings, LOG_ENTRIES))
        self._patterns_topic = topic_name(settings, PATTERNS)
        self._dlq_topic = topic_name(settings, DLQ)
        self._recount = Recount(app, settings, self._assignments)
        self._broadcast = Broadcast(settings, PATTERNS, self._learn)

    def register(self) -> None:
        """Adds the agent, the broadcast reader and the recount to the app."""
        name = topic_name(self._settings, LOGS_RAW)
        topic = self._app.topic(name, value_serializer="raw")
        self._app.by_chunk.add(name)

        async def parse(stream: object) -> None:
            await self._broadcast.caught_up.wait()
            await loop.run_chunks(stream, self._handle)

        self._app.agent(topic, name="parse", concurrency=1)(parse)
        self._app.service(cast(Any, self._broadcast))
        self._recount.register()

    def _learn(self, record: ConsumerRecord) -> None:
        try:
            change = _CHANGES.validate_json(record.value or b"")
        except ValidationError as error:
            _log.error("pattern_unreadable", offset=record.offset, detail=str(error))
            return
        self._remember(change)

    def _remember(self, change: Pattern | PatternAlias) -> None:
        self._known[_change_key(change)] = change
        for miner in self._assignments.miners.values():
            miner.learn(change)

    async def _handle(self, chunk: Chunk) -> None:
        tp = chunk.tp
        if self._assignments.begin(chunk.generation):
            self._packs.drop(keep=lambda send: send.topic == self._patterns_topic)
        if tp not in self._assignments.states:
            await self._assignments.open(tp.topic, list(self._known.values()))
        state = self._assignments.states[tp]
        start = self._assignments.start(tp)
        records = []
        for found in chunk.records:
            if found.offset < start:
                self._app.exact_consumer.settle(tp, found.offset)
            else:
                records.append(record_of(found))
        if not records:
            return
        if gap := await self._assignments.expired(tp, state, records[0].offset):
            self._packs.at(tp).entries.append(gap)
        for some in self._decidable(records):
            outcomes = await self._decide(some, state)
            for record, outcome in zip(some, outcomes, strict=True):
                pack = self._packs.at(tp)
                self._add(pack, record, outcome)
                pack.done.append((tp, record.offset))
                await self._packs.flush_full(tp)

    def _decidable(self, records: list[Record]) -> list[list[Record]]:
        """Together, unless one of them may have ended a worker."""
        first, last = records[0], records[-1]
        if self._attempts.doubtful(first.topic, first.partition, first.offset, last.offset):
            return [[record] for record in records]
        return [records]

    async def _decide(self, records: list[Record], state: PartitionState) -> list[Outcome]:
        topic, partition, first, *_ = records[0]
        last = records[-1].offset
        if self._attempts.failed(topic, partition, first) >= LIMIT:
            outcomes = [await decide_suspect(records[0], state, self._settings)]
        else:
            self._attempts.begin(topic, partition, first, last)
            outcomes = decide_all(records, state)
            self._attempts.end()
        self._attempts.forget(topic, partition, last)
        RECORDS.inc(len(outcomes))
        PARSED_LINES.inc(sum(outcome.entry.parsed for outcome in outcomes))
        DEAD_LINES.inc(sum(line.lines for outcome in outcomes for line in outcome.dead))
        return outcomes

    def _add(self, pack: Pack, record: Record, outcome: Outcome) -> None:
        entry = outcome.entry
        pack.entries.append(entry)
        pack.trace = text(record.headers, TRACEPARENT) or pack.trace
        pack.lines += max(entry.lines, len(record.value) // _LINE_BYTES)
        for change in outcome.changes:
            self._remember(change)
            key = _change_key(change).encode()
            value = change.model_dump_json().encode()
            pack.sends.append(Send(self._patterns_topic, key, value, []))
        if outcome.dead:
            origin = Origin("parse", LINES, entry.source, entry.epoch, entry.range)
            pack.sends += [
                dead_letter(self._dlq_topic, record, origin, Dead(*line)) for line in outcome.dead
            ]


def _change_key(change: Pattern | PatternAlias) -> str:
    return change.uid if isinstance(change, Pattern) else f"{change.uid}+{change.other}"
