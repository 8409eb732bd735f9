"""Decides a record that has ended its worker again and again: without the lines that are guilty."""

from msgspec import structs

from agents.engine.isolate import guilty_lines
from agents.parsing.alone import keep
from agents.parsing.outcome import Outcome, decide
from agents.parsing.record import Record, read_batch
from agents.parsing.separating import DeadLine
from agents.parsing.state import PartitionState
from schemas.errors import InvalidEvent
from schemas.headers import SCHEMA
from schemas.settings import Settings


async def decide_suspect(record: Record, state: PartitionState, settings: Settings) -> Outcome:
    """The outcome of the harmless lines, the guilty ones dead as `crashed`."""
    count = _count(record)
    guilty = await guilty_lines(record, count, settings)
    if guilty is None or not count:
        lines = max(record.stated_lines or count, 1)
        whole = DeadLine(-1, lines, record.value, "crashed", "the record cannot be read")
        return _with_dead(decide(_without_value(record), state), [whole])
    lines_ = read_batch(record).lines
    condemned = set(guilty)
    living = [place for place in range(len(lines_)) if place not in condemned]
    dead = [DeadLine(place, 1, lines_[place], "crashed", "ended its worker") for place in guilty]
    return _with_dead(decide(keep(record, living), state), dead)


def _count(record: Record) -> int:
    """Lines of a record of ours; of a stranger's at least as many newlines tell."""
    try:
        return len(read_batch(record).lines) if record.ours else record.value.count(b"\n") + 1
    except InvalidEvent:
        return 0


def _without_value(record: Record) -> Record:
    """For an Entry that counts none of the record's lines."""
    return record._replace(value=b"", headers=[h for h in record.headers if h[0] != SCHEMA])


def _with_dead(outcome: Outcome, dead: list[DeadLine]) -> Outcome:
    entry = outcome.entry
    if entry.replay:
        return outcome
    died = sum(line.lines for line in dead)
    entry = structs.replace(entry, lines=entry.lines + died, dead=entry.dead + died)
    return Outcome(entry, outcome.dead + dead, outcome.changes)
