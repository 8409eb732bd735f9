"""One followed file: what was appended is read, a rewritten file starts anew, a moved one ends.

A last line waits for its newline as long as the file is the one at its path; without one it is
sent only when the file was rewritten, or was moved away and has been silent for a while.
"""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import structlog

from connectors.sources.book import Origin, Place
from connectors.sources.carrying import Carrier, Tally
from connectors.sources.cutting import TAIL_BYTES, Cutter
from connectors.sources.edge import Edge, Wish
from connectors.sources.marks import HEAD_BYTES, Change, change, new_fingerprint
from connectors.sources.opening import CHUNK, open_stream
from connectors.sources.reading import Reading, find_origin, read, send_standing
from connectors.sources.recognising import place_of, rotated_to
from schemas.errors import UserError

# A program goes on writing into a renamed file until it is told to open a new one.
LINGER_SECONDS = 30.0
_CHUNKS_A_TURN: Final = 8  # so that one long file does not keep the others waiting

_log = structlog.get_logger()


class Tail:
    """Made by `open_tail`; call `turn` again and again until the file is `over`, then `close`."""

    def __init__(
        self, edge: Edge, wish: Wish, tally: Tally, descriptor: int, origin: Origin, head: bytes
    ) -> None:
        self._edge = edge
        self._wish = wish
        self._tally = tally
        self._descriptor = descriptor
        self._last_growth = time.monotonic()
        self.place = origin.place
        self.over = False
        self._go_on_with(origin, head)

    def _go_on_with(self, origin: Origin, head: bytes) -> None:
        """`head` is the file's first KiB, as far as taken."""
        offset = origin.mark.offset
        self._looked_at = (-1, -1)  # size and time of change at the last look
        self._fitted = True
        self._head = head
        self._last = os.pread(self._descriptor, TAIL_BYTES, max(0, offset - TAIL_BYTES))[:offset]
        self._cutter = Cutter(offset, self._last[-1:] not in (b"", b"\n"))
        template = self._wish.template(origin.source)
        self.carrier = Carrier(self._edge.book, self._edge.publisher, origin, template, self._tally)

    async def turn(self) -> bool:
        """Look at the file once and take what is new; True when there is more to take at once.

        Raises Unavailable when the broker does not answer.
        """
        found = os.fstat(self._descriptor)
        verdict = change(self._cutter.fed, found.st_size, self._fits(found), self.in_place())
        if verdict is Change.GROWN:
            return await self._take_new(found.st_size)
        if verdict is Change.REWRITTEN:
            await self._begin_anew()
            return True
        await self.carrier.carry([], self._head)
        if verdict is Change.MOVED and self._silent_for(LINGER_SECONDS):
            await self.carrier.carry(self._cutter.portions(end=True), self._head)
            self.over = True
        return False

    async def close(self) -> None:
        """Finish what is in flight, at most 20 s, and let the file go."""
        await self.carrier.close()
        os.close(self._descriptor)
        self._edge.claims.release(self.place.device, self.place.inode)

    async def _take_new(self, size: int) -> bool:
        for _ in range(_CHUNKS_A_TURN):
            data = os.pread(self._descriptor, CHUNK, self._cutter.fed)
            self._head += data[: HEAD_BYTES - len(self._head)]
            self._last = (self._last + data[-TAIL_BYTES:])[-TAIL_BYTES:]
            self._cutter.feed(data)
            caught_up = self._cutter.fed >= size
            await self.carrier.carry(self._cutter.portions(flush=caught_up), self._head)
            if caught_up:
                break
        self._last_growth = time.monotonic()
        return not caught_up

    async def _begin_anew(self) -> None:
        """Start at the first byte, after what can still be had of the old content.

        Where a copy of it lies beside, that is read to its end.
        """
        await self.carrier.settle()
        origin = self.carrier.origin
        copy = await asyncio.to_thread(rotated_to, origin)
        if copy is None:
            await self.carrier.carry(self._cutter.portions(end=True), self._head)
            await self.carrier.settle()
        else:
            await _read_on(self._edge, origin, copy, self._wish, self._tally)
        _log.info("file_rewritten", path=str(self.place.path), copy=str(copy or ""))
        head = os.pread(self._descriptor, HEAD_BYTES, 0)
        fingerprint = new_fingerprint(head)
        book, scope = self._edge.book, self._wish.source
        self._go_on_with(book.open(scope, origin.source, self.place, fingerprint), b"")

    def _fits(self, found: os.stat_result) -> bool:
        """Whether what was read still stands in the file; looked at when the file has changed."""
        look = (found.st_size, found.st_mtime_ns)
        if look != self._looked_at:
            self._looked_at = look
            fed, head, last = self._cutter.fed, self._head, self._last
            self._fitted = (
                os.pread(self._descriptor, len(head), 0) == head
                and os.pread(self._descriptor, len(last), fed - len(last)) == last
            )
        return self._fitted

    def resembles(self, path: Path) -> bool:
        """Whether another file beside it, named after it, starts as it does."""
        own = self.place.path
        named_after = path.parent == own.parent and path.name.startswith(own.name) and path != own
        if not named_after:
            return False
        with path.open("rb") as file:
            return file.read(len(self._head)) == self._head

    def in_place(self) -> bool:
        """Whether its path still leads to it."""
        try:
            found = os.stat(self.place.path)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (self.place.device, self.place.inode)

    def _silent_for(self, seconds: float) -> bool:
        return time.monotonic() - self._last_growth > seconds


async def open_tail(edge: Edge, wish: Wish, place: Place, tally: Tally) -> Tail | None:
    """Follow the file at `place` from where it was left; None while another reader has it.

    A file that lay at this path before and was rotated in our absence is read to its end first.
    Raises OSError or CorruptError when the file cannot be read, Unavailable when the broker does
    not answer.
    """
    async with AsyncExitStack() as undo:
        if not edge.claims.claim(place.device, place.inode):
            return None
        undo.callback(edge.claims.release, place.device, place.inode)
        origin, head = await asyncio.to_thread(find_origin, edge.book, place, wish)
        await _finish_predecessors(edge, origin, wish, tally)
        descriptor = os.open(place.path, os.O_RDONLY | os.O_CLOEXEC)
        undo.callback(os.close, descriptor)
        tail = Tail(edge, wish, tally, descriptor, origin, head)
        undo.push_async_callback(tail.carrier.close)
        with open_stream(place.path) as stream:
            await send_standing(edge.book, origin, stream, tail.carrier)
        undo.pop_all()
    return tail


async def _finish_predecessors(edge: Edge, origin: Origin, wish: Wish, tally: Tally) -> None:
    """A program may still have written into a rotated file when we were stopped."""
    for old in edge.book.predecessors(wish.source, origin):
        path = await asyncio.to_thread(rotated_to, old)
        if path is not None:
            await _read_on(edge, old, path, wish, tally)
        elif standing := edge.book.standing(old):
            # Whether they arrived cannot be known, nor can they be read again.
            _log.error("rotated_file_gone", path=str(old.place.path), ranges=standing)
            edge.book.advance(old, [start for start, _ in standing])


async def _read_on(edge: Edge, origin: Origin, path: Path, wish: Wish, tally: Tally) -> None:
    """Read a rotated file to its end, unless another reader has it already."""
    try:
        edge.book.moved(origin, place_of(path))
        await read(edge, Reading(path, tally), wish)
    except (OSError, UserError) as error:
        _log.info("rotated_file_left", path=str(path), reason=str(error))
