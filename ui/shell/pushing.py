"""Pushes live updates into a tab: a callback that runs as long as the tab is there."""

import asyncio
from typing import Any, Final

from dash import callback, ctx
from dash.exceptions import WebsocketDisconnected

from schemas.errors import Unavailable
from ui.live import ENDED, LOST, RESYNC, STALE, Heard, State
from ui.problems import ApiProblem, SessionEnded, SessionStale
from ui.shell.presence import Presence
from ui.visit import Api, Visit, visit

_BEAT_SECONDS: Final = 10.0
_GATHER_SECONDS: Final = 0.1  # what comes together is shown together
_MOST: Final = 100
_RENEWAL_SECONDS: Final = 3.0


@callback(websocket=True, persistent=True)
async def push() -> None:
    """Sets the stores `live-raw` and `live-state` of this tab."""
    socket, here = ctx.websocket, visit()
    if socket is None or here.live is None:
        return
    await serve(socket, here)


async def serve(socket: Any, here: Visit) -> None:
    """One tab, when the API knows who it is: the name of a session in a cookie proves nothing."""
    while refusal := await refusal_of(here.api):
        _show_state(socket, refusal, 1)
        if refusal is not LOST:
            await _come_again(here)
            return
        await asyncio.sleep(_BEAT_SECONDS)
        if socket.is_shutdown:
            return
    async with here.live.listening(here.session, here.api) as queue:
        await _pass_on(socket, queue, here)


async def refusal_of(api: Api) -> State | None:
    """Why a tab may not listen; None when the API knows who it is."""
    try:
        await api.get("/me")
    except SessionStale:
        return STALE
    except SessionEnded:
        return ENDED
    except (Unavailable, ApiProblem):
        return LOST
    return None


async def _pass_on(socket: Any, queue: "asyncio.Queue[Heard]", here: Visit) -> None:
    """Until the tab is gone, or nobody is signed in.

    A tab that does not answer gets nothing more, and loads again when it does. Who was away for too
    long is woken by a new connection, as that alone starts this again.
    """
    number, tab = 0, Presence(socket)
    while not socket.is_shutdown:
        batch = await gathered(queue)
        number += 1
        for state in [heard.state for heard in batch if heard.state]:
            _show_state(socket, state, number)
            if state in (STALE, ENDED):
                await _come_again(here)
                return
        try:
            missed = await tab.came_back()
        except WebsocketDisconnected:
            return
        if tab.is_gone:
            _hang_up(here)
            return
        if tab.is_here:
            message = message_of([*batch, RESYNC] if missed else batch, number)
            tab.write("live-raw", message or {"beat": number})


async def _come_again(here: Visit) -> None:
    """Cookies go out on HTTP answers: the page fetches new ones, then the browser comes again."""
    await asyncio.sleep(_RENEWAL_SECONDS)
    _hang_up(here)


def _hang_up(here: Visit) -> None:
    if here.hang_up:
        here.hang_up()


async def gathered(queue: "asyncio.Queue[Heard]") -> list[Heard]:
    """What comes within a tenth of a second of the first; nothing when it stays quiet."""
    try:
        async with asyncio.timeout(_BEAT_SECONDS):
            batch = [await queue.get()]
    except TimeoutError:
        return []
    await asyncio.sleep(_GATHER_SECONDS)
    while len(batch) < _MOST and not queue.empty():
        batch.append(queue.get_nowait())
    return batch


def message_of(batch: list[Heard], number: int) -> dict[str, Any] | None:
    """What pages get: events in order, and whether to load everything again. Pure."""
    events = [heard.event for heard in batch if heard.event]
    degraded = [
        str(event["data"].get("degraded") or "")
        for event in events
        if event.get("kind") == "heartbeat"
    ]
    news = [event for event in events if event.get("kind") not in ("heartbeat", "end", "resync")]
    again = any(event.get("kind") == "resync" for event in events)
    if not news and not again and not degraded:
        return None
    message: dict[str, Any] = {"seq": number, "events": news, "resync": again}
    return {**message, "degraded": degraded[-1]} if degraded else message


def _show_state(socket: Any, state: State, number: int) -> None:
    data = {"state": state.name, "words": state.words, "seq": number}
    socket.set_prop_sync("live-state", "data", data)
    if state is ENDED:
        socket.set_prop_sync("session-ended", "data", number)
    if state is STALE:
        socket.set_prop_sync("session-stale", "data", number)
