"""Batch rows: the outcome of one input record of lines or of points, as the ledger knows it."""

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
    first_minute: int
    last_minute: int

    @property
    def key(self) -> tuple[Chain, int]:
        return Chain(self.topic, self.partition, self.epoch), self.offset


class PointRow(NamedTuple):
    """One record of metric points; see the table `point_batches`."""

    topic: str
    partition: int
    epoch: int
    offset: int
    prev_offset: int
    arrival: int
    source: str
    points: int
    stated_points: int | None
    stored: int
    deduplicated: int
    dead: int
    expired: bool

    @property
    def key(self) -> tuple[Chain, int]:
        return Chain(self.topic, self.partition, self.epoch), self.offset


class Packable(NamedTuple):
    """A row as the packer sees it. `sound`: its numbers agree and nothing in it has expired; a row
    that is wrong stays as it is, so that the ledger can go on naming it.
    """

    offset: int
    prev_offset: int
    records: int
    arrival: int
    counts: tuple[int, ...]  # what the row counts, all of it first
    sound: bool

    @property
    def size(self) -> int:
        """Lines or points of the row."""
        return self.counts[0]


class Run(NamedTuple):
    """Neighbours of one chain that become one row."""

    rows: tuple[Packable, ...]
