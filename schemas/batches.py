"""A batch row: the outcome of one input record, as the ledger knows it."""

from typing import NamedTuple


class Chain(NamedTuple):
    """One partition of an input topic within one epoch."""

    topic: str
    partition: int
    epoch: int


class Row(NamedTuple):
    """One record's outcome; see the table `batches` for the meaning of each column."""

    topic: str
    partition: int
    epoch: int
    offset: int
    prev_offset: int
    arrival: int
    source: str
    lines: int
    stated_lines: int | None
    parsed: int
    deduplicated: int
    dead: int
    events: int
    expired: bool

    @property
    def key(self) -> tuple[Chain, int]:
        return Chain(self.topic, self.partition, self.epoch), self.offset
