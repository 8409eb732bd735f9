"""What becomes of one record of logs.raw: its Entry, its dead letters, what the miner learned.

Pure: the same record with the same state gives the same outcome. Only the bytes decide which line
is dead (undecodable, oversized); everything else is parsed, as plain text if need be.
"""

from collections.abc import Sequence
from typing import NamedTuple

from agents.parsing.counting import NOTHING, Parsed, lines_with, sight, tally
from agents.parsing.record import Record, read_batch
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
        living, places, dead = separate(batch.lines)
        parsed, texts = _parse(batch, living, places, record.arrival, state)
        outcome = _outcome(record, batch, state, parsed, texts, dead)
    state.prev_offset = record.offset
    return outcome


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
        origin=fields.time_origin,
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
        guessed_times=lines_with(parsed, TimeOrigin.GUESSED),
        unbelieved_times=lines_with(parsed, TimeOrigin.OUT_OF_RANGE),
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
