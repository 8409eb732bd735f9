"""The carrier's book: what arrived is struck out, also when the reader is cancelled meanwhile."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from connectors.publish import Publisher
from connectors.sources.book import Book, Origin, Place, Span, open_book
from connectors.sources.carrying import Carrier, Tally
from connectors.sources.cutting import Cutter
from connectors.sources.marks import Mark
from schemas.headers import Headers
from schemas.logs import LogBatch
from schemas.settings import Settings


class Accepting(Publisher):
    """A broker that acknowledges at once."""

    async def send(self, batch: LogBatch, record_headers: Headers) -> "asyncio.Task[None]":
        return asyncio.create_task(asyncio.sleep(0))


class SlowBook(Book):
    """Writes only when it is let."""

    def __init__(self, book: Book) -> None:
        super().__init__(book._db)
        self.asked, self.let = threading.Event(), threading.Event()

    def advance(
        self,
        origin: Origin,
        arrived: Iterable[int],
        planned: Sequence[Span] = (),
        mark: Mark | None = None,
    ) -> None:
        self.asked.set()
        self.let.wait()
        super().advance(origin, arrived, planned, mark)


async def test_what_arrived_is_struck_out_though_cancelled(tmp_path: Path) -> None:
    with open_book(tmp_path / "edges.sqlite") as opened:
        book = SlowBook(opened)
        book.let.set()
        origin = book.open("", "app", Place(tmp_path / "app.log", 1, 2), "f")
        tally = Tally()
        publisher = Accepting(Settings(data_dir=tmp_path))
        carrier = Carrier(book, publisher, origin, LogBatch("app", []), tally)
        cutter = Cutter(0, False)
        cutter.feed(b"one\ntwo\n")
        await carrier.carry(cutter.portions(flush=True), b"one\ntwo\n")
        assert book.standing(origin) == [(0, 8)]

        book.asked.clear()
        book.let.clear()
        striking = asyncio.create_task(carrier.settle())
        await asyncio.to_thread(book.asked.wait)
        striking.cancel()
        await asyncio.sleep(0.05)
        book.let.set()
        with pytest.raises(asyncio.CancelledError):
            await striking
        assert book.standing(origin) == []
        assert await carrier.close() is None
