"""What one listener is told, one event after the other: each once, in order, whatever happens.

A listener stands at a position of each partition. What follows is read from the log until the ring
of the tail holds it, and then from there; so there is no seam at which an event could be lost or
come twice.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec

from connectors.journal.reading import Lost, behind
from connectors.journal.ring import Behind, Entry, Ring
from connectors.journal.tail import Tail
from schemas.errors import InvalidEvent, Unavailable
from schemas.journal import Kind, Place, Position, from_cursor, to_cursor
from schemas.settings import Settings

HEARTBEAT_SECONDS: Final = 15.0
_RETRY_SECONDS: Final = 1.0
_READ_SECONDS: Final = 10.0


class Event(NamedTuple):
    """`text` is the whole event as JSON."""

    kind: Kind
    cursor: str
    text: str


def own_event(kind: Kind, cursor: str, data: dict[str, str | int]) -> Event:
    """An event about the connection itself."""
    told = {"cursor": cursor, "topic": "", "kind": kind, "data": data}
    return Event(kind, cursor, msgspec.json.encode(told).decode())


class Feed:
    """One listener's; `cursor` is "" to begin at the end. Iterate `events` once."""

    def __init__(self, settings: Settings, tail: Tail, cursor: str, ended: asyncio.Event) -> None:
        self._settings = settings
        self._ended = ended
        self._tail = tail
        self._wish = cursor
        self._positions: dict[Place, Position] = {}
        self._life = 0
        self._number: int | None = None  # of the next entry of the ring; None: it reads the log
        self._joined = 0  # the number up to which it is not its fault to be late
        self._beat_at = float("-inf")
        self._told_fault = ""

    @property
    def cursor(self) -> str:
        """Where to go on."""
        return to_cursor(self._positions)

    async def events(self) -> AsyncGenerator[Event, None]:
        """Until `ended` is set and the tail wakes us. Raises Behind when we were too slow."""
        while not self._ended.is_set():
            ring, life = self._tail.ring, self._tail.life
            lost = self._begin(ring, life) if ring is not None and life != self._life else ""
            if ring is not None and lost:
                yield self._resync(ring, lost)
            if self._is_due():
                yield self._heartbeat()
            if ring is None or not self._positions:
                await self._wait()
            elif self._number is None:
                async for event in self._catch_up(ring):
                    yield event
            elif entries := self._entries(ring, self._number):
                for entry in entries:
                    self._number += 1
                    if told := self._pass(entry):
                        yield told
            elif self._number is not None:
                await self._wait()

    def _entries(self, ring: Ring, number: int) -> list[Entry]:
        """The next ones. Who is still about to catch up goes back to the log instead of Behind."""
        try:
            return ring.since(number)
        except Behind:
            if number >= self._joined:
                raise
            self._number = None
            return []

    def _begin(self, ring: Ring, life: int) -> str:
        """Where to begin in a ring that is new to us; why that cannot be where we were, or ""."""
        before, self._life, self._number = self._positions, life, None
        self._positions = dict(ring.ends)
        if before:
            return self._tail.why
        if self._wish:
            try:
                self._positions = from_cursor(self._wish, ring.ends)
            except InvalidEvent as error:
                return str(error)
        return ""

    def _resync(self, ring: Ring, reason: str) -> Event:
        """What was before is given up: from here on."""
        self._positions = dict(ring.ends)
        self._number = self._joined = ring.next
        return own_event("resync", self.cursor, {"reason": reason})

    async def _catch_up(self, ring: Ring) -> AsyncGenerator[Event, None]:
        missing = [
            (place, position)
            for place, position in self._positions.items()
            if not ring.holds(place, position)
        ]
        if not missing:
            self._number, self._joined = ring.first, ring.next
            return
        moved = False
        for place, position in missing if not self._tail.fault else ():
            end = ring.ends[place]
            try:
                async with asyncio.timeout(_READ_SECONDS), self._tail.readers:
                    entries, after = await behind(self._settings, place, position, end)
            except Lost as error:
                yield self._resync(ring, str(error))
                return
            except (Unavailable, TimeoutError):  # the tail says so, too
                break
            for entry in entries:
                if event := self._pass(entry):
                    yield event
            self._positions[place] = after
            moved = moved or after != position
        if not moved:
            await self._tail.moved(_RETRY_SECONDS)

    def _pass(self, entry: Entry) -> Event | None:
        """Go past an entry; its event where it says something that was not told yet."""
        if entry.offset < self._positions[entry.place].offset:
            return None
        self._positions[entry.place] = entry.after
        if not entry.text:
            return None
        cursor = self.cursor
        return Event(entry.kind, cursor, f'{{"cursor":"{cursor}",{entry.text}')

    def _is_due(self) -> bool:
        return (
            time.monotonic() - self._beat_at >= HEARTBEAT_SECONDS
            or self._told_fault != self._tail.fault
        )

    def _heartbeat(self) -> Event:
        self._beat_at, self._told_fault = time.monotonic(), self._tail.fault
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return own_event("heartbeat", self.cursor, {"at": now, "degraded": self._told_fault})

    async def _wait(self) -> None:
        if self._ended.is_set():  # while something was sent: nobody would wake us
            return
        left = HEARTBEAT_SECONDS - (time.monotonic() - self._beat_at)
        await self._tail.moved(max(0.0, left))
