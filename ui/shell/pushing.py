"""Pushes live updates into a tab: a callback that runs as long as the tab is there."""

import asyncio
from typing import Any, Final

from dash import callback, ctx
from dash.exceptions import WebsocketDisconnected

from ui.live import ENDED, STALE, Heard, State
from ui.visit import visit

_BEAT_SECONDS: Final = 10.0
_GATHER_SECONDS: Final = 0.1  # what comes together is shown together
_MOST: Final = 100
_ASK_EVERY: Final = 6  # beats: is the tab still there?
_RENEWAL_SECONDS: Final = 3.0


@callback(websocket=True, persistent=True)
async def push() -> None:
    """Sets the stores `live-raw` and `live-state` of this tab."""
    socket, here = ctx.websocket, visit()
    if socket is None or here.live is None:
        return
    async with here.live.listening(here.session, here.api) as queue:
        number = 0
        while not socket.is_shutdown:
            batch = await gathered(queue)
            number += 1
            for state in [heard.state for heard in batch if heard.state]:
                _show_state(socket, state, number)
                if state in (STALE, ENDED):
                    # Cookies go out on HTTP answers: the page fetches new ones, then comes again.
                    await asyncio.sleep(_RENEWAL_SECONDS)
                    if here.hang_up:
                        here.hang_up()
                    return
            if message := message_of(batch, number):
                socket.set_prop_sync("live-raw", "data", message)
            elif number % _ASK_EVERY == 0 and not await _is_there(socket):
                return
            else:
                socket.set_prop_sync("live-raw", "data", {"beat": number})


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


async def _is_there(socket: Any) -> bool:
    """A tab that was closed does not answer; its worker keeps the connection for the others."""
    try:
        await socket.get_prop("shell", "id", timeout=_BEAT_SECONDS)
    except (TimeoutError, WebsocketDisconnected):
        return False
    return True
