"""Live updates: one connection to the API a session and process, fanned out to its tabs.

It is opened with the session's own rights, by a ticket, and goes on from its last cursor. A tab's
queue is bounded: one that does not keep up is told to load again (`resync`) instead.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from schemas.errors import Unavailable
from ui.problems import ApiProblem, SessionEnded, SessionStale
from ui.visit import Api

_QUEUE: Final = 256
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 15.0
_SILENCE_SECONDS: Final = 60.0  # heart-beats come more often
_log = structlog.get_logger("live")


class State(NamedTuple):
    """How updates come: `live`, `slow` (the page asks by itself), `lost`, `stale`, `ended`."""

    name: str
    words: str


LIVE: Final = State("live", "Live")
CONNECTING: Final = State("slow", "Reconnecting")
SLOW: Final = State("slow", "Every 15 s")
LOST: Final = State("lost", "No connection")
STALE: Final = State("stale", "Reconnecting")
ENDED: Final = State("ended", "Signed out")


class Heard(NamedTuple):
    """What a tab gets: a change of state, or an event of the API."""

    state: State | None = None
    event: dict[str, Any] | None = None


RESYNC: Final = Heard(event={"topic": "", "kind": "resync", "data": {}})


class Upstream:
    """The connection of one session; `api` is renewed by whoever comes with newer tokens."""

    def __init__(self, url: str, api: Api) -> None:
        self._url = url
        self.api = api
        self.queues: set[asyncio.Queue[Heard]] = set()
        self.state = CONNECTING
        self._cursor = ""
        self._wait = _FIRST_WAIT
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Until nobody listens (cancelled) or nobody is signed in."""
        while True:
            try:
                await self._listen()
                self._say(CONNECTING)
            except SessionEnded:
                self._say(ENDED)
                return
            except SessionStale:
                self._say(STALE)
            except Unavailable:
                self._say(LOST)
            except (ApiProblem, OSError, TimeoutError, InvalidHandshake) as error:
                _log.info("live_unavailable", reason=str(error)[:200])
                self._say(SLOW)
            await asyncio.sleep(self._wait)
            self._wait = min(self._wait * 2, _LONGEST_WAIT)

    async def _listen(self) -> None:
        """One connection, until it ends. Raises what kept it from being made."""
        answer = await self.api.send("POST", "/live/tickets")
        query = {"ticket": answer["ticket"], **({"cursor": self._cursor} if self._cursor else {})}
        address = f"{self._url}/ws?{urlencode(query)}"
        async with connect(address, proxy=None, max_size=2**20, open_timeout=5) as socket:
            self._say(LIVE)
            try:
                while True:
                    async with asyncio.timeout(_SILENCE_SECONDS):
                        text = await socket.recv()
                    self._wait = _FIRST_WAIT
                    self._hear(json.loads(text))
            except ConnectionClosed:
                # Also with 4401: a role that changed ends a connection, not its session. Whether
                # that stands, the next ticket says.
                return

    def _hear(self, event: dict[str, Any]) -> None:
        self._cursor = event.get("cursor") or self._cursor
        self._give(Heard(event=event))

    def _say(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._give(Heard(state=state))

    def _give(self, heard: Heard) -> None:
        for queue in self.queues:
            if queue.full():
                _drop_all(queue)
                queue.put_nowait(Heard(state=self.state))
                queue.put_nowait(RESYNC)
            queue.put_nowait(heard)


class Upstreams:
    """Those of this process, by session."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._of: dict[str, Upstream] = {}

    @asynccontextmanager
    async def listening(self, session: str, api: Api) -> AsyncIterator["asyncio.Queue[Heard]"]:
        """A tab's queue; the first thing in it is the state of now."""
        upstream = self._of.get(session)
        if upstream is None or upstream.task.done():
            upstream = self._of[session] = Upstream(self._url, api)
        upstream.api = api
        queue: asyncio.Queue[Heard] = asyncio.Queue(_QUEUE)
        queue.put_nowait(Heard(state=upstream.state))
        upstream.queues.add(queue)
        try:
            yield queue
        finally:
            upstream.queues.discard(queue)
            if not upstream.queues:
                await self._end(session, upstream)

    async def _end(self, session: str, upstream: Upstream) -> None:
        if self._of.get(session) is upstream:
            del self._of[session]
        upstream.task.cancel()
        with suppress(asyncio.CancelledError):
            await upstream.task


def _drop_all(queue: "asyncio.Queue[Heard]") -> None:
    while not queue.empty():
        queue.get_nowait()
