"""The parse stage: logs.raw in; log.entries, patterns and dead letters out.

Each input record gives exactly one Entry. Entries of several small records of a partition travel
in one record. Nothing is settled before everything it produced is acknowledged.
"""

import asyncio
from dataclasses import dataclass, field

import structlog
from aiokafka.structs import ConsumerRecord
from faust.types import TP, EventT
from msgspec import structs
from pydantic import TypeAdapter, ValidationError

from agents.app import ForeshockApp
from agents.engine import loop
from agents.engine.assignment import Assignments
from agents.engine.attempts import LIMIT, Attempts
from agents.engine.broadcast import Broadcast
from agents.engine.deadletters import dead_letter
from agents.engine.isolate import guilty_lines
from agents.engine.metrics import DEAD_LINES, PARSED_LINES, RECORDS
from agents.engine.window import Send, Window
from agents.parsing.alone import keep
from agents.parsing.outcome import DeadLine, Outcome, PartitionState, decide
from agents.parsing.record import Record, read_batch
from connectors.kafka import topic_name
from connectors.stores.postgres import Pool
from schemas.errors import InvalidEvent
from schemas.headers import SCHEMA, Headers
from schemas.logs import ENTRIES, Entry, encode_entries
from schemas.patterns import Pattern, PatternAlias
from schemas.settings import Settings
from schemas.topics import DLQ, LOG_ENTRIES, LOGS_RAW, PATTERNS

_PACK_LINES = 500
_PACK_ENTRIES = 256
_PACK_SECONDS = 0.02
_CHANGES = TypeAdapter[Pattern | PatternAlias](Pattern | PatternAlias)

_log = structlog.get_logger()


@dataclass
class Pack:
    """Entries of one partition on their way into one record, with what they settle."""

    entries: list[Entry] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    done: list[tuple[TP, int]] = field(default_factory=list)
    lines: int = 0

    @property
    def full(self) -> bool:
        return self.lines >= _PACK_LINES or len(self.entries) >= _PACK_ENTRIES


class Parse:
    """The edge around `decide`: what it needs from outside, and where its outcome goes."""

    def __init__(self, app: ForeshockApp, settings: Settings, pool: Pool) -> None:
        self._app = app
        self._settings = settings
        self._window = Window(app)
        self._attempts = Attempts(
            settings.data_dir / "agents" / "attempts", settings.record_time_limit_seconds
        )
        self._assignments = Assignments(app, settings, pool, self._attempts)
        self._known: dict[str, Pattern | PatternAlias] = {}
        self._packs: dict[TP, Pack] = {}
        self._unsent: list[Send] = []
        self._entries_topic = topic_name(settings, LOG_ENTRIES)
        self._patterns_topic = topic_name(settings, PATTERNS)
        self._dlq_topic = topic_name(settings, DLQ)
        self.patterns = Broadcast(settings, PATTERNS, self._learn)

    def register(self) -> None:
        """Adds the agent and the broadcast reader to the app."""
        topic = self._app.topic(topic_name(self._settings, LOGS_RAW), value_serializer="raw")

        async def parse(stream: object) -> None:
            await self.patterns.caught_up.wait()
            await loop.run(stream, self._handle)

        self._app.agent(topic, name="parse", concurrency=1)(parse)
        self._app.service(self.patterns)

    def _learn(self, record: ConsumerRecord) -> None:
        try:
            change = _CHANGES.validate_json(record.value or b"")
        except ValidationError as error:
            _log.error("pattern_unreadable", offset=record.offset, detail=str(error))
            return
        self._known[_change_key(change)] = change
        for miner in self._assignments.miners.values():
            miner.learn(change)

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        record = Record(
            message.topic,
            message.partition,
            message.offset,
            int((message.timestamp or 0) * 1000),
            message.key,
            message.value or b"",
            _headers(message.headers),
        )
        tp = message.tp
        if self._assignments.begin(message.generation_id):
            self._drop_packs()
        state = self._assignments.states.get(tp)
        if state is None:
            state = await self._assignments.open(tp, list(self._known.values()))
        if record.offset < self._assignments.start(tp):
            self._app.exact_consumer.settle(tp, record.offset)
            return
        if gap := await self._assignments.expired(tp, state, record.offset):
            self._pack(tp).entries.append(gap)
        outcome = await self._decide(record, state)
        await self._add(tp, record, outcome)

    async def _decide(self, record: Record, state: PartitionState) -> Outcome:
        where = (record.topic, record.partition, record.offset)
        if self._attempts.failed(*where) >= LIMIT:
            outcome = await self._decide_suspect(record, state)
            self._attempts.forget(*where)
            return outcome
        self._attempts.begin(*where)
        outcome = decide(record, state)
        self._attempts.end()
        return outcome

    async def _decide_suspect(self, record: Record, state: PartitionState) -> Outcome:
        """Decide without the lines that kill a child; those become dead letters."""
        try:
            count = len(read_batch(record).lines) if record.ours else record.value.count(b"\n") + 1
        except InvalidEvent:
            count = 0
        guilty = await guilty_lines(record, count, self._settings)
        if guilty is None or not count:
            lines = max(record.stated_lines or count, 1)
            whole = DeadLine(-1, lines, record.value, "crashed", "the record cannot be read")
            return _with_dead(decide(keep_none(record), state), [whole])
        lines_ = read_batch(record).lines
        living = [index for index in range(len(lines_)) if index not in set(guilty)]
        dead = [DeadLine(i, 1, lines_[i], "crashed", "ended its worker") for i in guilty]
        return _with_dead(decide(keep(record, living), state), dead)

    def _drop_packs(self) -> None:
        """Records not sent yet come again; what the miners have found since does not."""
        sends = [send for pack in self._packs.values() for send in pack.sends]
        self._unsent += [send for send in sends if send.topic == self._patterns_topic]
        self._packs.clear()

    def _pack(self, tp: TP) -> Pack:
        pack = self._packs.get(tp)
        if pack is None:
            pack = self._packs[tp] = Pack(sends=self._unsent)
            self._unsent = []
            asyncio.get_running_loop().call_later(_PACK_SECONDS, self._flush_late, tp, pack)
        return pack

    def _flush_late(self, tp: TP, pack: Pack) -> None:
        if self._packs.get(tp) is pack:
            self._late = asyncio.ensure_future(self._flush(tp))

    async def _add(self, tp: TP, record: Record, outcome: Outcome) -> None:
        pack = self._pack(tp)
        pack.entries.append(outcome.entry)
        pack.done.append((tp, record.offset))
        pack.lines += max(outcome.entry.lines, len(record.value) // 512)
        pack.sends += [self._change(change) for change in outcome.changes]
        pack.sends += [dead_letter(self._dlq_topic, record, outcome.entry, d) for d in outcome.dead]
        RECORDS.inc()
        PARSED_LINES.inc(outcome.entry.parsed)
        DEAD_LINES.inc(sum(line.lines for line in outcome.dead))
        if pack.full:
            await self._flush(tp)

    async def _flush(self, tp: TP) -> None:
        pack = self._packs.pop(tp, None)
        if pack is None:
            return
        entries = Send(
            self._entries_topic,
            pack.entries[-1].source.encode(),
            encode_entries(pack.entries),
            [(SCHEMA, ENTRIES)],
            tp.partition,
        )
        await self._window.send([*pack.sends, entries], pack.done)

    def _change(self, change: Pattern | PatternAlias) -> Send:
        key = _change_key(change)
        self._known[key] = change
        for miner in self._assignments.miners.values():
            miner.learn(change)
        return Send(self._patterns_topic, key.encode(), change.model_dump_json().encode(), [])


def _change_key(change: Pattern | PatternAlias) -> str:
    return change.uid if isinstance(change, Pattern) else f"{change.uid}+{change.other}"


def _headers(found: object) -> Headers:
    pairs = found.items() if isinstance(found, dict) else (found or [])
    return [(str(name), value) for name, value in pairs]  # type: ignore[attr-defined]


def keep_none(record: Record) -> Record:
    """The record without its value, for an Entry that counts none of its lines."""
    return record._replace(value=b"", headers=[h for h in record.headers if h[0] != SCHEMA])


def _with_dead(outcome: Outcome, dead: list[DeadLine]) -> Outcome:
    entry = outcome.entry
    if entry.replay:
        return outcome
    died = sum(line.lines for line in dead)
    entry = structs.replace(entry, lines=entry.lines + died, dead=entry.dead + died)
    return Outcome(entry, outcome.dead + dead, outcome.changes)
