"""Live updates: a ticket, and what it opens: a WebSocket or a stream of server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Annotated, Any, Final

import anyio
import structlog
from fastapi import APIRouter, Depends, Header, Query, Request, WebSocket
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from api.documented import errors
from api.live.feed import Event, Feed, own_event
from api.live.origins import may_open
from api.live.seats import Ending, Full, Seat
from api.live.tickets import Entrance, issue
from api.permits import Caller, permit
from api.problems import Problem, overloaded
from api.tracing import note
from connectors.journal.ring import Behind
from schemas.journal import LONGEST
from schemas.live import Close, LiveEvent, LiveTicket
from schemas.roles import Permission

router = APIRouter(tags=["live"])

_STALL_SECONDS: Final = 15.0  # what cannot be sent for so long is not wanted
_FAREWELL_SECONDS: Final = 5.0
_SLOW: Final = "too slow: go on from the last cursor"
_RESTARTING: Final = "restarting: go on from the last cursor"

_log = structlog.get_logger("live")

Entering = Annotated[Caller | Ending, Depends(Entrance(Permission.READ))]
Cursor = Annotated[str, Query(max_length=LONGEST, description="where to go on; else at the end")]


@router.post("/api/v1/live/tickets", status_code=HTTPStatus.CREATED, responses=errors(401, 403))
async def make_ticket(
    request: Request, caller: Annotated[Caller, Depends(permit(Permission.READ))]
) -> LiveTicket:
    """Opens one live connection of the caller's session, at any replica."""
    return await issue(request.app.state, caller)


@router.websocket("/ws")
async def ws(websocket: WebSocket, entering: Entering, cursor: Cursor = "") -> None:
    """Events as text messages; what the client says is not heard."""
    state = websocket.app.state
    origin, host = websocket.headers.get("origin"), websocket.headers.get("host", "")
    if not may_open(origin, host, state.settings.allowed_origins):
        await websocket.close(Close.NOT_PERMITTED)  # before it is accepted: a 403
        return
    await websocket.accept()
    if isinstance(entering, Ending):
        await websocket.close(entering.code, entering.reason)
        return
    try:
        with state.seats.take(entering) as seat:
            feed = Feed(state.settings, state.tail, cursor, seat.ended)
            if ending := await _until_over(websocket, feed, seat):
                await _farewell(websocket, ending)
    except Full as error:
        await websocket.close(Close.TRY_LATER, str(error))


async def _until_over(websocket: WebSocket, feed: Feed, seat: Seat) -> Ending | None:
    """Sends until it ends; None when the client left by itself."""
    tasks = [
        asyncio.create_task(_send(websocket, feed, seat)),
        asyncio.create_task(_listen(websocket)),
        asyncio.create_task(seat.ended.wait()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
    return seat.ending


async def _send(websocket: WebSocket, feed: Feed, seat: Seat) -> None:
    try:
        async for event in feed.events():
            async with asyncio.timeout(_STALL_SECONDS):
                await websocket.send_text(event.text)
    except (Behind, TimeoutError):
        seat.end(Close.TOO_SLOW, _SLOW)
    except (WebSocketDisconnect, RuntimeError):  # RuntimeError: the server has closed it already
        return


async def _listen(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        continue


async def _farewell(websocket: WebSocket, ending: Ending) -> None:
    """One who does not read is not waited for."""
    _log.info("socket_ended", code=ending.code.value, reason=ending.reason)
    try:
        async with asyncio.timeout(_FAREWELL_SECONDS):
            await websocket.close(ending.code, ending.reason)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        return


async def _seated(request: Request, entering: Entering) -> AsyncGenerator[Seat, None]:
    """A seat until the response has ended. Raises Problem 401 or 503."""
    if isinstance(entering, Ending):
        if entering.code is Close.TRY_LATER:
            raise overloaded("unavailable", entering.reason)
        raise Problem(HTTPStatus.UNAUTHORIZED, "wrong-ticket", entering.reason)
    try:
        with request.app.state.seats.take(entering) as seat:
            yield seat
    except Full as error:
        raise overloaded("live-full", str(error)) from error


class Stream(EventSourceResponse):
    """Ends quietly when the client no longer reads."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            note(scope, live="stalled")


_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Each event's data is a LiveEvent, its id the cursor, its name the kind.",
        "content": {"text/event-stream": {"schema": LiveEvent.model_json_schema()}},
    },
    **errors(401),
}


@router.get("/api/v1/stream", response_class=Stream, responses=_STREAM)
async def stream(
    request: Request,
    seat: Annotated[Seat, Depends(_seated)],
    cursor: Cursor = "",
    last_event_id: Annotated[str, Header(description="Wins over `cursor`.")] = "",
) -> Stream:
    """The same events for clients without WebSockets; the last one says why it ends."""
    state, stopping = request.app.state, anyio.Event()
    feed = Feed(state.settings, state.tail, last_event_id or cursor, seat.ended)
    return Stream(
        _messages(feed, seat, stopping),
        ping=0,  # our heart-beats carry the cursor
        send_timeout=_STALL_SECONDS,
        shutdown_event=stopping,
        shutdown_grace_period=_FAREWELL_SECONDS,
    )


async def _messages(
    feed: Feed, seat: Seat, stopping: anyio.Event
) -> AsyncGenerator[ServerSentEvent, None]:
    ending = asyncio.create_task(_end_with(stopping, seat))
    try:
        async for event in feed.events():
            yield _message(event)
    except Behind:
        seat.end(Close.TOO_SLOW, _SLOW)
    finally:
        ending.cancel()
    if seat.ending:
        code, reason = seat.ending
        yield _message(own_event("end", feed.cursor, {"code": code.value, "reason": reason}))


def _message(event: Event) -> ServerSentEvent:
    return ServerSentEvent(event.text, event=event.kind, id=event.cursor or None)


async def _end_with(stopping: anyio.Event, seat: Seat) -> None:
    await stopping.wait()
    seat.end(Close.RESTARTING, _RESTARTING)
