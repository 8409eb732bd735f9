"""Reads one file, or standard input, once from where it was left to its end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from connectors.sources.book import Book, Origin, Place, open_book
from connectors.sources.carrying import Carrier, Tally
from connectors.sources.cutting import Cutter, Portion
from connectors.sources.edge import Edge, Wish
from connectors.sources.finding import source_of
from connectors.sources.marks import HEAD_BYTES, new_fingerprint
from connectors.sources.opening import CHUNK, CorruptError, Stream, open_stream
from connectors.sources.recognising import first_kib, place_of, recognise
from schemas.errors import UserError

_log = structlog.get_logger()

SILENCE_SECONDS: Final = 0.2


@dataclass
class Reading:
    """How the reading of one file goes; path None is standard input.

    `consumed` counts bytes of the file itself, compressed or not; `origin` is what the book knew
    before this reading.
    """

    path: Path | None
    tally: Tally = field(default_factory=Tally)
    consumed: int = 0
    origin: Origin | None = None
    fault: UserError | None = None

    @property
    def name(self) -> str:
        """For people."""
        return "standard input" if self.path is None else str(self.path)

    @property
    def already_done(self) -> bool:
        """Whether all of it was taken before."""
        return self.origin is not None and self.origin.mark.offset > 0 and not self.tally.records


async def read(edge: Edge, reading: Reading, wish: Wish) -> None:
    """Take everything that was not taken before; returns when the broker has acknowledged it.

    Standard input and pipes cannot be read twice: their fingerprint is new each time, so they
    cannot be resumed after a crash. Raises UserError when the file is unreadable, damaged (what
    came before the damage is taken) or read by another process now, Unavailable when the broker
    does not answer.
    """
    path = reading.path
    try:
        if path is None or not path.is_file():
            await _read_pipe(edge, reading, wish)
        else:
            await _read_file(edge, path, reading, wish)
    except OSError as error:
        raise UserError(
            f"{reading.name}: {error.strerror}", "check that it exists and that you may read it"
        ) from error
    except CorruptError as error:
        raise UserError(
            f"{reading.name} is damaged ({error}); {reading.tally.lines} lines before that are in",
            "replace it by a sound copy and run the same command again: it goes on from there",
        ) from error


async def _read_file(edge: Edge, path: Path, reading: Reading, wish: Wish) -> None:
    place = place_of(path)
    if not edge.claims.claim(place.device, place.inode):
        raise UserError(
            f"{path} is being read by another process of this instance",
            "let it; `foreshock ledger` shows how far it is",
        )
    try:
        origin, head = await asyncio.to_thread(find_origin, edge.book, place, wish)
        reading.origin = origin
        with open_stream(path) as stream:
            await _read_stream(edge, stream, origin, wish, head, reading)
        edge.book.repeated(origin)
    finally:
        edge.claims.release(place.device, place.inode)


async def _read_pipe(edge: Edge, reading: Reading, wish: Wish) -> None:
    source = wish.source or ("stdin" if reading.path is None else source_of(reading.path))
    with open_stream(reading.path) as stream, open_book(None) as book:
        place = Place(reading.path or Path("-"), 0, 0)
        reading.origin = book.open("", source, place, new_fingerprint(b""))
        once = Edge(book, edge.claims, edge.publisher)
        await _read_stream(once, stream, reading.origin, wish, b"", reading)


def find_origin(book: Book, place: Place, wish: Wish) -> tuple[Origin, bytes]:
    """The reading that goes on with this file, or a new one, and its first KiB as far as taken.

    Raises OSError or CorruptError when the file cannot be read.
    """
    head = first_kib(place.path)
    known = recognise(book, wish.source, place, head)
    if known is not None and wish.again and not known.repeating:
        book.forget(known)
        known = None
    if known is None:
        source = wish.source or source_of(place.path)
        known = book.open(wish.source, source, place, new_fingerprint(head), wish.again)
    return known, head[: known.mark.offset]


async def _read_stream(
    edge: Edge, stream: Stream, origin: Origin, wish: Wish, head: bytes, reading: Reading
) -> None:
    template = wish.template(origin.source)
    async with Carrier(edge.book, edge.publisher, origin, template, reading.tally) as carrier:
        await send_standing(edge.book, origin, stream, carrier)
        await asyncio.to_thread(stream.skip_to, origin.mark.offset)
        cutter = Cutter(stream.offset, stream.mid_line)
        try:
            async with aclosing(_arrivals(stream)) as chunks:
                async for data in chunks:
                    head += data[: HEAD_BYTES - len(head)]
                    cutter.feed(data)
                    reading.consumed = stream.consumed
                    await carrier.carry(cutter.portions(flush=not data), head)
        except CorruptError:
            await carrier.carry(cutter.portions(flush=True), head)
            await carrier.settle()
            raise
        await carrier.carry(cutter.portions(end=True), head)
        await carrier.settle()


async def send_standing(book: Book, origin: Origin, stream: Stream, carrier: Carrier) -> None:
    """Send again, byte for byte the same, every range that may not have arrived."""
    for start, stop in book.standing(origin):
        portion = await asyncio.to_thread(_portion_again, stream, start, stop)
        if portion is not None:
            await carrier.send(portion)
        else:
            _log.error("range_unreadable", source=origin.source, start=start, stop=stop)
            book.advance(origin, [start])


def _portion_again(stream: Stream, start: int, stop: int) -> Portion | None:
    """None when the file does not reach that far any more."""
    stream.skip_to(start)
    cutter = Cutter(start, stream.mid_line)
    portions: list[Portion] = []
    while stream.offset < stop and (data := stream.read(min(CHUNK, stop - stream.offset))):
        cutter.feed(data)
        portions += cutter.portions()
    portions += cutter.portions(end=True)
    if cutter.fed < stop:
        return None
    return Portion(start, stop, [line for part in portions for line in part.lines], b"")


async def _arrivals(stream: Stream) -> AsyncGenerator[bytes, None]:
    """The stream's bytes, read ahead by one chunk; b"" says that none came for 200 ms."""
    reading = asyncio.create_task(asyncio.to_thread(stream.read))
    try:
        while True:
            done, _ = await asyncio.wait({reading}, timeout=SILENCE_SECONDS)
            if not done:
                yield b""
            elif data := reading.result():
                reading = asyncio.create_task(asyncio.to_thread(stream.read))
                yield data
            else:
                return
    finally:
        stream.stop()
        await asyncio.gather(reading, return_exceptions=True)
