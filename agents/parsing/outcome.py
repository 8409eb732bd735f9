"""What becomes of one record of logs.raw: its Entry, its dead letters, what the miner learned.

Pure: the same record with the same state gives the same outcome. Only the bytes decide which line
is dead (undecodable, oversized); everything else is parsed, as plain text if need be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.parsing.counting import NOTHING, Parsed, sight, tally
from agents.parsing.lines import LineParser
from agents.parsing.miner import Miner, new_miner
from agents.parsing.record import Record, read_batch
from agents.parsing.times import Clock
from agents.parsing.traces import join
from schemas.errors import InvalidEvent
from schemas.logs import MAX_LINE_BYTES, Birth, Entry, LogBatch
from schemas.patterns import Pattern, PatternAlias

_PARSERS = 2_000  # sources whose format is remembered, a partition
_PLACES = 20_000  # (host, service) pairs that are told apart, a partition
_OTHER = ("<other>", "<other>")
_SAMPLE_CHARACTERS = 2_000


class DeadLine(NamedTuple):
    """Bytes for the dead letters; `place` of the line in its record, -1 for the whole record."""

    place: int
    lines: int
    value: bytes
    reason: str
    detail: str


class Outcome(NamedTuple):
    """Everything that one record produces."""

    entry: Entry
    dead: list[DeadLine]
    changes: list[Pattern | PatternAlias]


@dataclass
class PartitionState:
    """What the worker remembers of one input partition; all of it can be rebuilt."""

    epoch: int
    prev_offset: int
    miner: Miner = field(default_factory=new_miner)
    clock: Clock = field(default_factory=Clock)
    parsers: dict[tuple[str, str, str, str], LineParser] = field(default_factory=dict)
    places: set[tuple[str, str]] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)

    def parser(self, batch: LogBatch) -> LineParser:
        """The parser that knows this source's format."""
        key = (batch.source, batch.format, batch.host, batch.service)
        found = self.parsers.get(key)
        if found is None:
            if len(self.parsers) >= _PARSERS:
                self.parsers.pop(next(iter(self.parsers)))
            found = LineParser(
                hint=batch.format, host=batch.host, service=batch.service, clock=self.clock
            )
            self.parsers[key] = found
        return found

    def told_apart(
        self, hosts: Sequence[str], services: Sequence[str]
    ) -> tuple[Sequence[str], Sequence[str]]:
        """The columns themselves, or `<other>` for pairs that are too many to tell apart."""
        new = set(zip(hosts, services, strict=True)) - self.places
        if len(self.places) + len(new) <= _PLACES:
            self.places |= new
            return hosts, services
        pairs = [
            pair if pair in self.places else _OTHER for pair in zip(hosts, services, strict=True)
        ]
        return tuple(host for host, _ in pairs), tuple(service for _, service in pairs)


def decide(record: Record, state: PartitionState) -> Outcome:
    """Parse one record; moves the state's `prev_offset` on. Never raises for what bytes hold."""
    try:
        batch = read_batch(record)
    except InvalidEvent as error:
        count = max(record.stated_lines or 1, 1)
        batch = LogBatch(source=record.source, lines=[])
        dead = [DeadLine(-1, count, record.value, error.reason, error.detail)]
        outcome = _outcome(record, batch, state, NOTHING, [], dead)
    else:
        living, places, dead = _separate(batch.lines)
        parsed, texts = _parse(batch, living, places, record.arrival, state)
        outcome = _outcome(record, batch, state, parsed, texts, dead)
    state.prev_offset = record.offset
    return outcome


def _separate(lines: list[bytes]) -> tuple[list[str], Sequence[int], list[DeadLine]]:
    """Lines as text, their places in the record, and those that cannot be text."""
    if max(map(len, lines), default=0) <= MAX_LINE_BYTES:
        try:  # all at once: a thousand single decodings cost as much as the rest of this module
            texts = b"\n".join(lines).decode("utf-8").split("\n") if lines else []
        except UnicodeDecodeError:
            texts = []
        if len(texts) == len(lines):  # an item of JSON may hold a newline
            return texts, range(len(lines)), []
    return _separate_one_by_one(lines)


def _separate_one_by_one(lines: list[bytes]) -> tuple[list[str], list[int], list[DeadLine]]:
    living: list[str] = []
    places: list[int] = []
    dead: list[DeadLine] = []
    for place, line in enumerate(lines):
        if len(line) > MAX_LINE_BYTES:
            detail = f"{len(line)} bytes, more than {MAX_LINE_BYTES}"
            dead.append(DeadLine(place, 1, line, "oversized", detail))
            continue
        try:
            living.append(line.decode("utf-8"))
            places.append(place)
        except UnicodeDecodeError as error:
            dead.append(DeadLine(place, 1, line, "undecodable", str(error)[:500]))
    return living, places, dead


def _parse(
    batch: LogBatch, texts: list[str], places: Sequence[int], arrival: int, state: PartitionState
) -> tuple[Parsed, list[str]]:
    if not texts:
        return NOTHING, []
    events = join(texts)
    if len(events) < len(texts):
        places = [places[first] for first, _ in events]
        texts = [texts[first] for first, _ in events]
    fields = state.parser(batch).parse_columns(texts, arrival)
    hosts, services = state.told_apart(fields.host, fields.service)
    parsed = Parsed(
        uid=state.miner.add_many(fields.message),
        severity=fields.severity,
        time_ms=fields.time_ms,
        host=hosts,
        service=services,
        lines=[count for _, count in events],
        place=places,
    )
    return parsed, texts


def _outcome(
    record: Record,
    batch: LogBatch,
    state: PartitionState,
    parsed: Parsed,
    texts: list[str],
    dead: list[DeadLine],
) -> Outcome:
    changes = state.miner.changes()
    counts, places = tally(parsed)
    alive = sum(parsed.lines)
    died = sum(line.lines for line in dead)
    # A replay moves its lines from dead to parsed: nothing new was accepted. What dies again
    # stays where it is, in the dead letters, and is not written there twice.
    replay = record.replay
    entry = Entry(
        epoch=state.epoch,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        prev_offset=state.prev_offset,
        arrival=record.arrival,
        source=batch.source.replace("\x00", "")[:200] or record.topic,
        lines=0 if replay else alive + died,
        parsed=alive,
        dead=-alive if replay else died,
        events=len(parsed.lines),
        counts=counts,
        places=places,
        sightings=sight(parsed),
        births=_births(state, parsed, texts, changes),
        aliases=[(c.uid, c.other) for c in changes if isinstance(c, PatternAlias)],
        stated_lines=None if replay else record.stated_lines,
        range=None if replay else record.range,
        replay=replay,
        imported=batch.imported,
        demo=batch.demo,
    )
    return Outcome(entry, [] if replay else dead, changes)


def _births(
    state: PartitionState,
    parsed: Parsed,
    texts: list[str],
    changes: list[Pattern | PatternAlias],
) -> list[Birth]:
    """Patterns that this worker has not told persist of yet, and those whose template changed.

    Also what was learned from other workers: their entry may have died with them.
    """
    samples = dict(zip(reversed(parsed.uid), reversed(texts), strict=True))
    births = {
        uid: Birth(uid, state.miner.template(uid), text[:_SAMPLE_CHARACTERS])
        for uid, text in samples.items()
        if uid not in state.announced
    }
    for change in changes:
        if isinstance(change, Pattern) and change.uid not in births:
            births[change.uid] = Birth(change.uid, change.template, change.sample)
    state.announced.update(births)
    return list(births.values())
