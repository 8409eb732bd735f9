"""The parse stage: logs.raw in; log.entries, patterns and dead letters out.

Each input record gives exactly one Entry. Nothing is settled before everything that the record
produced is acknowledged.
"""

from typing import Any, cast

import structlog
from aiokafka.structs import ConsumerRecord
from faust.types import EventT
from pydantic import TypeAdapter, ValidationError

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.assignment import Assignments
from agents.engine.attempts import LIMIT, Attempts
from agents.engine.broadcast import Broadcast
from agents.engine.deadletters import Dead, Origin, dead_letter
from agents.engine.metrics import DEAD_LINES, PARSED_LINES, RECORDS
from agents.engine.packs import Pack, Packs
from agents.engine.records import record_of
from agents.engine.suspect import decide_suspect
from agents.engine.window import Send, Window
from agents.parsing.outcome import Outcome, decide
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
        self._broadcast = Broadcast(settings, PATTERNS, self._learn)

    def register(self) -> None:
        """Adds the agent and the broadcast reader to the app."""
        topic = self._app.topic(topic_name(self._settings, LOGS_RAW), value_serializer="raw")

        async def parse(stream: object) -> None:
            await self._broadcast.caught_up.wait()
            await loop.run(stream, self._handle)

        self._app.agent(topic, name="parse", concurrency=1)(parse)
        self._app.service(cast(Any, self._broadcast))

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

    async def _handle(self, event: EventT[bytes]) -> None:
        message, tp = event.message, event.message.tp
        record = record_of(message)
        if self._assignments.begin(message.generation_id or 0):
            self._packs.drop(keep=lambda send: send.topic == self._patterns_topic)
        if tp not in self._assignments.states:
            await self._assignments.open(tp.topic, list(self._known.values()))
        state = self._assignments.states[tp]
        if record.offset < self._assignments.start(tp):
            self._app.exact_consumer.settle(tp, record.offset)
            return
        if gap := await self._assignments.expired(tp, state, record.offset):
            self._packs.at(tp).entries.append(gap)
        outcome = await self._decide(record, state)
        pack = self._packs.at(tp)
        self._add(pack, record, outcome)
        pack.done.append((tp, record.offset))
        await self._packs.flush_full(tp)

    async def _decide(self, record: Record, state: PartitionState) -> Outcome:
        where = (record.topic, record.partition, record.offset)
        if self._attempts.failed(*where) >= LIMIT:
            outcome = await decide_suspect(record, state, self._settings)
            self._attempts.forget(*where)
            return outcome
        self._attempts.begin(*where)
        outcome = decide(record, state)
        self._attempts.end()
        return outcome

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
        origin = Origin("parse", LINES, entry.source, entry.epoch, entry.range)
        pack.sends += [
            dead_letter(self._dlq_topic, record, origin, Dead(*line)) for line in outcome.dead
        ]
        RECORDS.inc()
        PARSED_LINES.inc(entry.parsed)
        DEAD_LINES.inc(sum(line.lines for line in outcome.dead))


def _change_key(change: Pattern | PatternAlias) -> str:
    return change.uid if isinstance(change, Pattern) else f"{change.uid}+{change.other}"
