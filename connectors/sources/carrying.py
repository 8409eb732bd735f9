"""Carries portions of one origin to the broker: written into the book, sent, struck out.

The order is what makes a crash harmless: a range stands in the book before its record leaves, and
is struck out only after the broker's acknowledgement, together with the next plan.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Self

import msgspec

from connectors.publish import Publisher, batch_headers
from connectors.sources.book import Book, Origin
from connectors.sources.cutting import Portion
from connectors.sources.marks import Mark
from schemas.errors import Unavailable
from schemas.logs import LogBatch

_SETTLE_SECONDS: Final = 20.0


@dataclass
class Tally:
    """What the broker has acknowledged so far; `bytes` are those of the origin, decompressed."""

    lines: int = 0
    bytes: int = 0
    records: int = 0


class Carrier:
    """Use as an async context: leaving it waits up to 20 s for what is in flight.

    `template` gives the record all but its lines. Every method raises Unavailable when the broker
    does not answer; what was planned then stays in the book, to be sent again. `origin` follows
    what was planned.
    """

    def __init__(
        self, book: Book, publisher: Publisher, origin: Origin, template: LogBatch, tally: Tally
    ) -> None:
        self._book = book
        self._publisher = publisher
        self.origin = origin
        self._template = template
        self._tally = tally
        self._flying: dict[asyncio.Task[None], Portion] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        failure = await self.close()
        if error is None and failure is not None:
            raise failure

    async def close(self) -> Unavailable | None:
        """Wait up to 20 s for what is in flight; what has not arrived then stays in the book."""
        if self._flying:
            await asyncio.wait(self._flying, timeout=_SETTLE_SECONDS)
        return await self._strike()

    async def carry(self, portions: Sequence[Portion], head: bytes) -> None:
        """Plan all in one transaction, then send each; returns when the last was handed over.

        `head` is the origin's first KiB, as far as it was read. With no portions it only strikes
        out what has arrived.
        """
        last = portions[-1] if portions else None
        mark = Mark.at(last.end, head, last.tail) if last else None
        failure = await self._strike([(part.start, part.end) for part in portions], mark)
        if failure is not None:
            raise failure
        for portion in portions:
            await self.send(portion)

    async def send(self, portion: Portion) -> None:
        """Send what stands in the book already."""
        batch = msgspec.structs.replace(self._template, lines=portion.lines)
        part = f"{self.origin.fingerprint}:{portion.start}-{portion.end}"
        task = await self._publisher.send(batch, batch_headers(batch, part))
        self._flying[task] = portion

    async def settle(self) -> None:
        """Until everything sent is acknowledged and struck out."""
        if self._flying:
            await asyncio.wait(self._flying)
        if failure := await self._strike():
            raise failure

    async def _strike(
        self, planned: Sequence[tuple[int, int]] = (), mark: Mark | None = None
    ) -> Unavailable | None:
        failure = None
        arrived = []
        for task in [task for task in self._flying if task.done()]:
            portion = self._flying.pop(task)
            try:
                task.result()
            except Unavailable as error:
                failure = error
                continue
            arrived.append(portion)
        if failure is not None:
            planned, mark = (), None  # not to be sent now, so not to be planned
        if arrived or planned:
            await self._write([portion.start for portion in arrived], planned, mark)
        for portion in arrived:
            self._tally.lines += len(portion.lines)
            self._tally.bytes += portion.end - portion.start
            self._tally.records += 1
        return failure

    async def _write(
        self, arrived: list[int], planned: Sequence[tuple[int, int]], mark: Mark | None
    ) -> None:
        """Into the book, to the end also when cancelled: what has arrived is not sent again."""
        writing = asyncio.create_task(
            asyncio.to_thread(self._book.advance, self.origin, arrived, planned, mark)
        )
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            raise
        if mark is not None:
            self.origin = replace(self.origin, mark=mark)
