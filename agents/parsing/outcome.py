"""What becomes of one record of logs.raw: its Entry, its dead letters, what the miner learned.

Pure: the same record with the same state gives the same outcome. Only the bytes decide which line
is dead (undecodable, oversized); everything else is parsed, as plain text if need be.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from agents.parsing.counting import Parsed, lines_with, sight, tally
from agents.parsing.fields import FieldColumns
from agents.parsing.lines import LineParser
from agents.parsing.record import Record, read_batch, source_of
from agents.parsing.separating import DeadLine, separate
from agents.parsing.state import PartitionState
from agents.parsing.times import TimeOrigin
from agents.parsing.traces import join
from schemas.errors import InvalidEvent
from schemas.logs import Birth, Entry, LogBatch
from schemas.patterns import Pattern, PatternAlias

_SAMPLE_CHARACTERS = 500


class Outcome(NamedTuple):
    """Everything that one record produces."""

    entry: Entry
    dead: list[DeadLine]
    changes: list[Pattern | PatternAlias]


class _Reading(NamedTuple):
    """A record's events: the text and the place of each one's first line, and its lines."""

    record: Record
    batch: LogBatch
    texts: Sequence[str]
    places: Sequence[int]
    lines: Sequence[int]
    dead: list[DeadLine]


def decide(record: Record, state: PartitionState) -> Outcome:
    """Parse one record; moves the state's `prev_offset` on. Never raises for what bytes hold."""
    return decide_all([record], state)[0]


def decide_all(records: Sequence[Record], state: PartitionState) -> list[Outcome]:
    """Parse consecutive records, each as if it were alone, at a fraction of the cost.

    What the miner learned is in the outcome of the first record that has to do with it.
    """
    readings = [_read(record) for record in records]
    parsed = _parse(readings, state)
    learned = _shared_out(state.miner.changes(), parsed)
    outcomes = []
    for place, (reading, its) in enumerate(zip(readings, parsed, strict=True)):
        outcomes.append(_outcome(reading, its, state, learned.get(place, [])))
        state.prev_offset = reading.record.offset
    return outcomes


def _shared_out(
    changes: list[Pattern | PatternAlias], parsed: Sequence[Parsed]
) -> dict[int, list[Pattern | PatternAlias]]:
    """Changes by the place of the first record that has lines of the pattern, else of the first."""
    if not changes:
        return {}
    users = {uid: place for place in range(len(parsed) - 1, -1, -1) for uid in parsed[place].uid}
    shared: dict[int, list[Pattern | PatternAlias]] = {}
    for change in changes:
        shared.setdefault(users.get(change.uid, 0), []).append(change)
    return shared


def _read(record: Record) -> _Reading:
    try:
        batch = read_batch(record)
    except InvalidEvent as error:
        count = max(record.stated_lines or 1, 1)
        dead = [DeadLine(-1, count, record.value, error.reason, error.detail)]
        return _Reading(record, LogBatch(source=record.source, lines=[]), (), (), (), dead)
    texts, places, dead = separate(batch.lines)
    events = join(texts)
    if len(events) < len(texts):
        places = [places[first] for first, _ in events]
        texts = [texts[first] for first, _ in events]
    return _Reading(record, batch, texts, places, [count for _, count in events], dead)


def _parse(readings: Sequence[_Reading], state: PartitionState) -> list[Parsed]:
    """Lines of one source and one time of arrival at once; all messages at once."""
    together: dict[tuple[LineParser, int], list[int]] = {}
    for place, reading in enumerate(readings):
        if reading.texts:
            key = state.parser(reading.batch), reading.record.arrival
            together.setdefault(key, []).append(place)
    columns: list[list[Any]] = [[] for _ in FieldColumns._fields]
    starts = [0] * len(readings)
    found = 0
    for (parser, arrival), members in together.items():
        texts: list[str] = []
        for place in members:
            starts[place] = found + len(texts)
            texts += readings[place].texts
        found += len(texts)
        for column, values in zip(columns, parser.parse_columns(texts, arrival), strict=True):
            column += values
    fields = FieldColumns._make(columns)
    hosts, services = state.told_apart(fields.host, fields.service)
    uids = state.miner.add_many(fields.message)
    parsed = []
    for reading, start in zip(readings, starts, strict=True):
        its = slice(start, start + len(reading.texts))
        parsed.append(
            Parsed(
                uid=uids[its],
                severity=fields.severity[its],
                time_ms=fields.time_ms[its],
                host=hosts[its],
                service=services[its],
                lines=reading.lines,
                place=reading.places,
                origin=fields.time_origin[its],
            )
        )
    return parsed


def _outcome(
    reading: _Reading,
    parsed: Parsed,
    state: PartitionState,
    changes: list[Pattern | PatternAlias],
) -> Outcome:
    record, batch, dead = reading.record, reading.batch, reading.dead
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
        source=source_of(batch, record),
        lines=0 if replay else alive + died,
        parsed=alive,
        dead=-alive if replay else died,
        events=len(parsed.lines),
        counts=counts,
        places=places,
        sightings=sight(parsed),
        births=_births(state, parsed, reading.texts, changes),
        aliases=[(c.uid, c.other) for c in changes if isinstance(c, PatternAlias)],
        stated_lines=None if replay else record.stated_lines,
        range=None if replay else record.range,
        replay=replay,
        imported=batch.imported,
        demo=batch.demo,
        guessed_times=lines_with(parsed, TimeOrigin.GUESSED),
        unbelieved_times=lines_with(parsed, TimeOrigin.OUT_OF_RANGE),
    )
    return Outcome(entry, [] if replay else dead, changes)


def _births(
    state: PartitionState,
    parsed: Parsed,
    texts: Sequence[str],
    changes: list[Pattern | PatternAlias],
) -> list[Birth]:
    """Patterns that this worker has not told persist of yet, and those whose template changed.

    Also what was learned from other workers: their entry may have died with them.
    """
    if not changes and state.announced.issuperset(parsed.uid):
        return []
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
