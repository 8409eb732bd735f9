"""What becomes of what cannot be used: its original bytes, and headers that say all about it."""

from faust.types import TP

from agents.engine.window import Send
from agents.parsing.record import Record
from agents.parsing.separating import DeadLine
from schemas import headers
from schemas.errors import InvalidEvent
from schemas.headers import TRACEPARENT, Headers, text
from schemas.logs import Entry


def dead_id(record: Record, entry: Entry, place: int) -> str:
    """The same for every delivery of the same line, also when an edge sent its range twice."""
    if entry.range:
        return f"{entry.range}#{place}"
    return f"{record.topic}/{entry.epoch}/{record.partition}/{record.offset}#{place}"


def dead_letter(topic: str, record: Record, entry: Entry, line: DeadLine) -> Send:
    """To be produced, and acknowledged, before the record is settled."""
    about: dict[str, str] = {
        headers.DEAD_ID: dead_id(record, entry, line.place),
        headers.DEAD_TOPIC: record.topic,
        headers.DEAD_PARTITION: str(record.partition),
        headers.DEAD_OFFSET: str(record.offset),
        headers.DEAD_STAGE: "parse",
        headers.DEAD_REASON: line.reason,
        headers.DEAD_DETAIL: line.detail[:500],
        headers.SOURCE: entry.source,
        headers.LINES: str(line.lines),
    }
    if trace := text(record.headers, TRACEPARENT):
        about[TRACEPARENT] = trace
    whole = line.place < 0
    schema = text(record.headers, headers.SCHEMA) if whole else None
    if schema:
        about[headers.SCHEMA] = schema
    pairs: Headers = [(name, value.encode()) for name, value in about.items()]
    return Send(topic, record.topic.encode(), line.value, pairs)


def dead_record(
    topic: str, where: tuple[TP, int], value: bytes, stage: str, error: InvalidEvent
) -> Send:
    """Likewise for a whole record that a later stage cannot read."""
    tp, offset = where
    about = {
        headers.DEAD_ID: f"{tp.topic}/{tp.partition}/{offset}",
        headers.DEAD_TOPIC: tp.topic,
        headers.DEAD_PARTITION: str(tp.partition),
        headers.DEAD_OFFSET: str(offset),
        headers.DEAD_STAGE: stage,
        headers.DEAD_REASON: error.reason,
        headers.DEAD_DETAIL: error.detail[:500],
    }
    pairs: Headers = [(name, text.encode()) for name, text in about.items()]
    return Send(topic, tp.topic.encode(), value, pairs)
