"""The record that a dead line or point becomes: its bytes, and headers that say all about it."""

from typing import NamedTuple

from faust.types import TP

from agents.engine.window import Send
from agents.parsing.record import Record
from schemas import headers
from schemas.errors import InvalidEvent
from schemas.headers import TRACEPARENT, Headers, text
from schemas.topics import LETTER_BYTES


class Origin(NamedTuple):
    """Whose record it was and which stage gave it up; `unit` is the header that says how many."""

    stage: str
    unit: str
    source: str
    epoch: int
    range: str | None


class Dead(NamedTuple):
    """What DeadLine and DeadItem have in common: `place` in the record, -1 for the whole record;
    how many lines or points; bytes, reason and detail.
    """

    place: int
    number: int
    value: bytes
    reason: str
    detail: str


def dead_id(record: Record, origin: Origin, place: int) -> str:
    """The same for every delivery of the same line, also when an edge sent its range twice."""
    if origin.range:
        return f"{origin.range}#{place}"
    return f"{record.topic}/{origin.epoch}/{record.partition}/{record.offset}#{place}"


def dead_letter(topic: str, record: Record, origin: Origin, dead: Dead) -> Send:
    """To be produced, and acknowledged, before the record is settled."""
    about: dict[str, str] = {
        headers.DEAD_ID: dead_id(record, origin, dead.place),
        headers.DEAD_TOPIC: record.topic,
        headers.DEAD_PARTITION: str(record.partition),
        headers.DEAD_OFFSET: str(record.offset),
        headers.DEAD_STAGE: origin.stage,
        headers.DEAD_REASON: dead.reason,
        headers.DEAD_DETAIL: _detail(dead.detail, dead.value),
        headers.SOURCE: origin.source,
        origin.unit: str(dead.number),
    }
    if trace := text(record.headers, TRACEPARENT):
        about[TRACEPARENT] = trace
    whole = dead.place < 0
    schema = text(record.headers, headers.SCHEMA) if whole else None
    if schema:
        about[headers.SCHEMA] = schema
    pairs: Headers = [(name, value.encode("utf-8", "replace")) for name, value in about.items()]
    return Send(topic, record.topic.encode(), dead.value[:LETTER_BYTES], pairs)


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
        headers.DEAD_DETAIL: _detail(error.detail, value),
    }
    pairs: Headers = [(name, text.encode()) for name, text in about.items()]
    return Send(topic, tp.topic.encode(), value[:LETTER_BYTES], pairs)


def _detail(detail: str, value: bytes) -> str:
    """What is said of the bytes; also when the letter does not hold them all."""
    cut = f" (the first {LETTER_BYTES} of {len(value)} bytes)" if len(value) > LETTER_BYTES else ""
    return detail[:500] + cut
