"""One Kafka record as the pure code sees it, and the batch of lines that it may hold."""

from typing import NamedTuple

from schemas import headers
from schemas.demo import of_strangers
from schemas.errors import InvalidEvent
from schemas.headers import Headers
from schemas.logs import LOG_BATCH, LogBatch, decode_batch
from schemas.metrics import METRIC_BATCH
from schemas.strangers import read

_SOURCE_CHARACTERS = 200
_OURS = frozenset({LOG_BATCH.decode(), METRIC_BATCH.decode()})


class Record(NamedTuple):
    """`arrival` is the broker's time of append, Unix ms."""

    topic: str
    partition: int
    offset: int
    arrival: int
    key: bytes | None
    value: bytes
    headers: Headers

    @property
    def schema(self) -> str | None:
        """Struct and version of the value; None for strangers."""
        return headers.text(self.headers, headers.SCHEMA)

    @property
    def ours(self) -> bool:
        """Whether an edge of ours wrote it, so that its headers can be believed."""
        return self.schema in _OURS

    @property
    def source(self) -> str:
        """Whose lines these are: header `source`, else the key, else the topic's name.

        What comes back from the dead letters keeps the name under which it was counted.
        """
        key = self.key.decode("utf-8", "replace") if self.key else ""
        named = headers.text(self.headers, headers.SOURCE) or key or self.topic
        named = named.replace("\x00", "")
        if not self.ours and self.replay is None:
            named = of_strangers(named)
        return named[:_SOURCE_CHARACTERS] or self.topic

    @property
    def stated_lines(self) -> int | None:
        """How many lines the edge says it put in; None for strangers."""
        return headers.number(self.headers, headers.LINES) if self.ours else None

    @property
    def stated_points(self) -> int | None:
        """The same of metric points."""
        return headers.number(self.headers, headers.POINTS) if self.ours else None

    @property
    def range(self) -> str | None:
        """What of its origin this record is, when an edge says so."""
        return headers.text(self.headers, headers.RANGE) if self.ours else None

    @property
    def replay(self) -> str | None:
        """Id of the dead letter that is tried again with this record."""
        return headers.text(self.headers, headers.REPLAY)


def read_batch(record: Record) -> LogBatch:
    """The lines of a record, ours or a stranger's. Raises InvalidEvent when ours is broken."""
    schema = record.schema
    if schema and schema.startswith("LogBatch/"):
        if schema != LOG_BATCH.decode():
            raise InvalidEvent("unknown version", schema)
        return decode_batch(record.value)
    return LogBatch(source=record.source, lines=read(record.value))


def source_of(batch: LogBatch, record: Record) -> str:
    """Under which name the lines of a batch are counted."""
    return batch.source.replace("\x00", "")[:_SOURCE_CHARACTERS] or record.topic
