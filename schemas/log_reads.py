"""What the API asks of the process that reads lines out of the topic, and what that answers.

MessagePack, each message after its length (four bytes, big-endian); answers carry the id of what
they answer, and may come in another order.
"""

from typing import Final

import msgspec

LENGTH_BYTES: Final = 4


class Wanted(msgspec.Struct, frozen=True):
    """Which lines: times in Unix ms, since <= time < until; `levels` empty: any.

    `only` and `never`: exact values by `source`, `host`, `service`, `pattern`. `text` is looked for
    in the line as it came, in any case unless `exact`.
    """

    since_ms: int = 0
    until_ms: int = 2**62
    only: dict[str, list[str]] = {}
    never: dict[str, list[str]] = {}
    levels: list[int] = []
    text: str = ""
    exact: bool = False


class Range(msgspec.Struct, frozen=True, array_like=True):
    """Records of one partition with start <= offset < end."""

    partition: int
    start: int
    end: int


class Scan(msgspec.Struct, frozen=True, tag=True):
    """Look through ranges, in their order, until `limit` lines are found or all is read.

    `forward`: the oldest of a range first, else the newest. `beyond`: a place (offset, line) in the
    first range; only lines behind it in that direction count.

    `newest`: the lines of all ranges with the latest times, instead; of a range no record is looked
    through once it has given `limit` lines.
    """

    id: int
    ranges: list[Range]
    wanted: Wanted
    limit: int
    forward: bool = False
    beyond: tuple[int, int] | None = None
    newest: bool = False


class FindSlots(msgspec.Struct, frozen=True, tag=True):
    """The values of a template's variables in each of these messages."""

    id: int
    template: str
    messages: list[str]


class FoundLine(msgspec.Struct, frozen=True, array_like=True):
    """One line. `pattern` is its root's uid, "" where it is not known; texts are cut at 4 KiB."""

    time_ms: int
    source: str
    host: str
    service: str
    severity: int
    pattern: str
    message: str
    text: str
    cut: bool
    partition: int
    offset: int
    line: int
    demo: bool


class Scanned(msgspec.Struct, frozen=True, tag=True):
    """`done` ranges were looked through to their end; `bounds` are (log start, next offset).

    `skipped`: records that were not looked through, or of which not all wanted lines are there; of
    a scan of the newest alone.
    """

    id: int
    lines: list[FoundLine]
    done: int
    scanned_lines: int
    scanned_bytes: int
    bounds: dict[int, tuple[int, int]]
    skipped: int = 0


class Slots(msgspec.Struct, frozen=True, tag=True):
    """(type, value) of each variable, for each message; empty where it does not fit."""

    id: int
    values: list[list[tuple[str, str]]]


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The broker does not answer."""

    id: int
    detail: str


Question = Scan | FindSlots
Answer = Scanned | Slots | Failed

_questions: "msgspec.msgpack.Decoder[Question]" = msgspec.msgpack.Decoder(Question)
_answers: "msgspec.msgpack.Decoder[Answer]" = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


def framed(message: Question | Answer) -> bytes:
    """The message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def decode_question(body: bytes) -> Question:
    """Without its length. Raises msgspec.DecodeError."""
    return _questions.decode(body)


def decode_answer(body: bytes) -> Answer:
    """Without its length. Raises msgspec.DecodeError."""
    return _answers.decode(body)
