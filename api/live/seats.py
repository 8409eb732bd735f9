"""Who listens to this process: how many may, and whether their sessions still stand."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import structlog
from prometheus_client import Counter as Count
from prometheus_client import Gauge

from api.identities import Caller
from connectors.journal.tail import Tail
from schemas.errors import Unavailable
from schemas.live import Close

MOST: Final = 2_000  # a process
MOST_A_SESSION: Final = 20
_CHECK_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 10.0  # with rights that cannot be asked for

_LISTENERS = Gauge("foreshock_live_listeners", "Connections that get live updates.")
_ENDED = Count("foreshock_live_ended_total", "Such connections that we ended.", ["code"])

_log = structlog.get_logger()

Refusal = Callable[[Caller], Awaitable[str]]


class Ending(NamedTuple):
    """Why a connection ends, in words for whoever reads it there."""

    code: Close
    reason: str


class Full(Exception):
    """No seat is free; the text says where."""


class Seat:
    """One listener's place; whoever serves it leaves when `ended` is set."""

    def __init__(self, caller: Caller, tail: Tail) -> None:
        self.caller = caller
        self.ending: Ending | None = None
        self.ended = asyncio.Event()
        self._tail = tail

    def end(self, code: Close, reason: str) -> Ending:
        """The first reason counts."""
        if self.ending is None:
            self.ending = Ending(code, reason)
            self.ended.set()
            self._tail.wake()
            _ENDED.labels(str(code.value)).inc()
        return self.ending


class Seats:
    """Keep `run` running. `refusal` says why somebody may not listen any more, "" when they may.

    It may raise Unavailable.
    """

    def __init__(self, tail: Tail, refusal: Refusal) -> None:
        self._tail = tail
        self._refusal = refusal
        self._taken: set[Seat] = set()
        self._by_caller: Counter[Caller] = Counter()
        self._known_at: dict[Caller, float] = {}  # when they last might

    @contextmanager
    def take(self, caller: Caller) -> Iterator[Seat]:
        """A seat for as long as the block lasts. Raises Full."""
        if len(self._taken) >= MOST:
            raise Full(f"{MOST} connections listen to this process")
        if self._by_caller[caller] >= MOST_A_SESSION:
            raise Full(f"{MOST_A_SESSION} connections of this session listen")
        seat = Seat(caller, self._tail)
        self._taken.add(seat)
        self._by_caller[caller] += 1
        self._known_at[caller] = time.monotonic()
        _LISTENERS.inc()
        try:
            yield seat
        finally:
            self._leave(seat)

    def _leave(self, seat: Seat) -> None:
        _LISTENERS.dec()
        self._taken.discard(seat)
        self._by_caller[seat.caller] -= 1
        if not self._by_caller[seat.caller]:
            del self._by_caller[seat.caller], self._known_at[seat.caller]

    async def run(self) -> None:
        """Ends the seats of sessions that no longer stand, within 2 s, until cancelled."""
        while True:
            await asyncio.gather(*(self._check(caller) for caller in list(self._by_caller)))
            await asyncio.sleep(_CHECK_SECONDS)

    async def _check(self, caller: Caller) -> None:
        try:
            why = await self._refusal(caller)
        except Unavailable as error:
            since = time.monotonic() - self._known_at.get(caller, time.monotonic())
            if since > _PATIENCE_SECONDS:
                self._end(caller, Close.TRY_LATER, f"rights cannot be checked: {error}")
            return
        if why:
            self._end(caller, Close.NOT_PERMITTED, why)
        elif caller in self._known_at:
            self._known_at[caller] = time.monotonic()

    def _end(self, caller: Caller, code: Close, reason: str) -> None:
        for seat in [seat for seat in self._taken if seat.caller == caller]:
            _log.info("live_ended", user=caller.id, code=code.value, reason=reason)
            seat.end(code, reason)
