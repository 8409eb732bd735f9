"""Records of the hot path: a batch of raw lines in, one Entry out for each input record.

Both are columnar msgspec structs in MessagePack; the record header `schema` names the struct and
its version, so that anything without that header is treated as a stranger's text or JSON.
"""

from typing import Final

import msgspec

from schemas.errors import InvalidEvent

LOG_BATCH: Final = b"LogBatch/1"
ENTRIES: Final = b"Entries/1"

# A line longer than this is dead-lettered as "oversized" (bytes, without its newline).
MAX_LINE_BYTES: Final = 1024 * 1024


class LogBatch(msgspec.Struct, frozen=True, array_like=True):
    """Lines of one source, as an edge read them: bytes between newlines, unchanged.

    `host` and `service` apply where a line does not name its own; `format` is a hint; `imported`
    marks a file read once (its past raises no live alerts); `demo` marks made-up data. `timezone`
    is the IANA name of the zone of times that name none, "" where the edge does not know it.
    """

    source: str
    lines: list[bytes]
    host: str = ""
    service: str = ""
    format: str = ""
    imported: bool = False
    demo: bool = False
    timezone: str = ""


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """Columns of equal length: lines and events by (uid, severity, minute).

    `minute` is Unix time // 60 (UTC); `lines` counts physical lines, `events` joined traces once.
    """

    uid: list[str]
    severity: list[int]
    minute: list[int]
    lines: list[int]
    events: list[int]


class Places(msgspec.Struct, frozen=True, array_like=True):
    """Columns of equal length: lines by (uid, host, service, hour); `hour` is Unix time // 3600."""

    uid: list[str]
    host: list[str]
    service: list[str]
    hour: list[int]
    lines: list[int]


class Sighting(msgspec.Struct, frozen=True, array_like=True):
    """Where in the record a pattern was seen, and between which times (Unix ms, UTC)."""

    uid: str
    line: int
    first_seen: int
    last_seen: int


class Birth(msgspec.Struct, frozen=True, array_like=True):
    """A pattern that this worker uses for the first time; idempotent, so it may come again."""

    uid: str
    template: str
    sample: str


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What became of one record of logs.raw.

    lines = parsed + dead, except for a replay of a dead letter, where lines = 0, parsed = n and
    dead = -n. Persist alone turns a repeated `range` into deduplicated lines. `prev_offset` is
    the record that this worker handled before, so a chain of entries has no hole; `expired` marks
    records that were deleted by retention before anyone read them (lines unknown).
    """

    epoch: int
    topic: str
    partition: int
    offset: int
    prev_offset: int
    arrival: int
    source: str
    lines: int
    parsed: int
    dead: int
    events: int
    counts: Counts
    places: Places
    sightings: list[Sighting]
    births: list[Birth]
    aliases: list[tuple[str, str]]
    stated_lines: int | None = None
    range: str | None = None
    replay: str | None = None
    imported: bool = False
    demo: bool = False
    expired: bool = False
    guessed_times: int = 0  # lines whose year, date or zone was inferred
    unbelieved_times: int = 0  # lines counted at arrival, as their time is out of range


_batch_encoder = msgspec.msgpack.Encoder()
_batch_decoder = msgspec.msgpack.Decoder(LogBatch)
_entries_encoder = msgspec.msgpack.Encoder()
_entries_decoder = msgspec.msgpack.Decoder(list[Entry])


def encode_batch(batch: LogBatch) -> bytes:
    """MessagePack bytes; publish them with the header schema=LogBatch/1."""
    return _batch_encoder.encode(batch)


def decode_batch(value: bytes) -> LogBatch:
    """Raises InvalidEvent("undecodable") when the bytes are no LogBatch."""
    try:
        return _batch_decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidEvent("undecodable", str(error)) from error


def encode_entries(entries: list[Entry]) -> bytes:
    """One record of log.entries; it may pack the entries of several small inputs."""
    return _entries_encoder.encode(entries)


def decode_entries(value: bytes) -> list[Entry]:
    """Raises InvalidEvent("undecodable") when the bytes are no list of Entry."""
    try:
        return _entries_decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidEvent("undecodable", str(error)) from error
