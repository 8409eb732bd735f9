"""Entries as the rows of `batches`, and which outcomes still have to be applied. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from schemas.batches import Chain, Row
from schemas.logs import Entry

_MINUTE_MS = 60_000


class Chained(Protocol):
    """The outcome of one record, wherever it stands in its chain."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def prev_offset(self) -> int: ...


C = TypeVar("C", bound=Chained)


def as_row(entry: Entry) -> Row:
    """Nothing is deduplicated yet: that is known only when the range was claimed."""
    minutes = entry.counts.minute or [entry.arrival // _MINUTE_MS]
    return Row(
        topic=entry.topic,
        partition=entry.partition,
        epoch=entry.epoch,
        offset=entry.offset,
        prev_offset=entry.prev_offset,
        arrival=entry.arrival,
        source=entry.source,
        lines=entry.lines,
        stated_lines=entry.stated_lines,
        parsed=entry.parsed,
        deduplicated=0,
        dead=entry.dead,
        events=entry.events,
        expired=entry.expired,
        first_minute=min(minutes),
        last_minute=max(minutes),
    )


def repeated(row: Row) -> Row:
    """What is in it was counted before; see `connectors.stores.batches.set_repeated`."""
    return row._replace(parsed=0, dead=0, events=0, deduplicated=row.lines)


def holes(after: int, last: int, links: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of after < offset ≤ last no row covers, each as (prev_offset, offset) of a row for it.

    `links` are (prev_offset, offset) of the rows that touch it, ascending.
    """
    found = []
    for prev_offset, offset in links:
        if prev_offset > after:
            found.append((after, min(prev_offset, last)))
        after = max(after, offset)
    return [*found, (after, last)] if after < last else found


def chain_of(entry: Chained) -> Chain:
    """The chain that the entry belongs to."""
    return Chain(entry.topic, entry.partition, entry.epoch)


def firsts(entries: Iterable[Chained]) -> dict[Chain, int]:
    """The offset before which each chain begins, if these entries are its first."""
    found: dict[Chain, int] = {}
    for entry in entries:
        found.setdefault(chain_of(entry), entry.prev_offset + 1)
    return found


def unapplied(entries: Sequence[C], applied: Mapping[Chain, int]) -> list[C]:
    """Each record once, the first entry winning, without those at or below the frontier."""
    seen: set[tuple[Chain, int]] = set()
    fresh = []
    for entry in entries:
        key = (chain_of(entry), entry.offset)
        if key not in seen and entry.offset > applied[key[0]]:
            seen.add(key)
            fresh.append(entry)
    return fresh
