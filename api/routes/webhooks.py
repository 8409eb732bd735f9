"""What both webhooks share: from a request to its answer."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel

from api.bodies import read_body
from api.problems import Problem
from api.reading.reading import BadItem, Reading
from api.sending import sending_of
from api.tracing import note
from connectors.kafka import topic_name
from schemas.errors import InvalidEvent
from schemas.keys import Endpoint, body_without_keys
from schemas.topics import Topic

_ERRORS: Final = 100  # shown of the bad items; all of them are dead-lettered
_LOOP_BYTES: Final = 256 * 1024  # more is read in a thread, so that others are answered meanwhile


class ItemError(BaseModel):
    """Why one item was not accepted; `index` counts the body's items from 0."""

    index: int
    reason: str
    detail: str


class Receipt(BaseModel):
    """What became of the items; `lines` and `points` are what the accepted ones hold.

    Accepted items are acknowledged by the broker, rejected ones are in the dead letters. Of their
    errors the first hundred are shown.
    """

    accepted: int
    rejected: int
    lines: int
    points: int
    errors: list[ItemError]


# What the OpenAPI document says beside the route's own words.
DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": said,
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    }
    for status, said in {
        400: "The body is damaged, or is no JSON although it says so.",
        401: "No key, or a wrong one.",
        403: "The key is not for this source or endpoint.",
        413: "More than MAX_BODY_MIB, received or decompressed; or too many items.",
        415: "An unknown Content-Encoding or Content-Type.",
        429: "The key is used too often; see Retry-After.",
        422: "A wrong parameter, or not one item that can be used.",
        503: "The broker did not acknowledge, or its disk is full; see Retry-After.",
    }.items()
}


async def take_in(
    request: Request,
    endpoint: Endpoint,
    topic: Topic,
    read: Callable[[bytes, str], Reading],
) -> tuple[Reading, Receipt]:
    """The body through `read` (body, source) into the topics; returns when it is acknowledged.

    Keys in the body are blotted out before anything is kept of it. Raises Problem, and Unavailable.
    """
    state = request.app.state
    sending = sending_of(request, endpoint)
    note(request.scope, source=sending.source)
    state.outlet.publisher  # noqa: B018 - refuses at once while there is no broker
    with state.budget.share(sending.source) as share:
        body = await read_body(request, share, state.limit)
        body = body_without_keys(body, sending.presented)
        try:
            if len(body) > _LOOP_BYTES:
                reading = await asyncio.to_thread(read, body, sending.source)
            else:
                reading = read(body, sending.source)
        except InvalidEvent as error:
            kind = error.reason.replace(" ", "-")
            raise Problem(HTTPStatus.BAD_REQUEST, kind, str(error)) from error
        note(request.scope, bytes=len(body), accepted=reading.accepted, rejected=len(reading.bad))
        if not reading.items:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "empty", "the body holds no items")
        origin = sending.origin(body)
        await state.intake.take(sending, reading, origin, topic_name(state.settings, topic))
    return reading, _receipt(reading)


def errors_of(reading: Reading) -> list[ItemError]:
    """The first bad items, as they are shown."""
    return [_error(bad) for bad in reading.bad[:_ERRORS]]


def _receipt(reading: Reading) -> Receipt:
    return Receipt(
        accepted=reading.accepted,
        rejected=len(reading.bad),
        lines=len(reading.lines),
        points=len(reading.points.value),
        errors=errors_of(reading),
    )


def _error(bad: BadItem) -> ItemError:
    return ItemError(index=bad.place, reason=bad.reason, detail=bad.detail[:200])
