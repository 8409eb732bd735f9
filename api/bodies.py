"""A request's body: read as it comes, decompressed piece by piece, never beyond its limit."""

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi import Request
from starlette.requests import ClientDisconnect

from api.budget import Share
from api.decoding import DECODERS, Decoder
from api.problems import Problem
from schemas.errors import InvalidEvent

# A body that trickles holds memory; Telegraf and its like give up after 5 s themselves.
_BODY_SECONDS: Final = 30.0
# What one item costs beside its bytes and a copy of them, as a Python object in a list.
ITEM_BYTES: Final = 64
# All that one body may cost, in limits of its bytes: 32 MiB of `0,` would be 16 million items.
WEIGHT_FACTOR: Final = 6
# A body that is too large is read to its end up to so many limits; then the sender sees why.
_DRAINED: Final = 4


class _TooLargeError(Exception):
    """The limit is passed."""


async def read_body(request: Request, share: Share, limit: int) -> bytes:
    """The decompressed body, of at most `limit` bytes, paid for from `share`.

    Raises Problem: 400 for damaged compression, 408 for one that trickles, 413 beyond the limit,
    415 for an unknown Content-Encoding, 503 when there is no memory left for it.
    """
    decoder = _decoder(request)
    stated = request.headers.get("content-length", "")
    length = int(stated) if stated.isdigit() else 0
    if length > limit:
        raise _too_large(limit, length)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await _read(request, decoder, share, limit)
    except _TooLargeError as error:
        raise _too_large(limit, length) from error
    except TimeoutError as error:
        detail = f"the body did not arrive within {_BODY_SECONDS:g} s"
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "body-too-slow", detail) from error
    except InvalidEvent as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "damaged-body", str(error)) from error
    except ClientDisconnect as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "damaged-body", "the sender went away") from error
    weight = len(body) + ITEM_BYTES * most_items(body)
    if len(body) + weight > WEIGHT_FACTOR * limit:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-many-items", "send it in several bodies"
        )
    share.take(weight)
    return body


async def _read(request: Request, decoder: Decoder, share: Share, limit: int) -> bytes:
    received, body = 0, bytearray()
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit:
            raise _TooLargeError
        for piece in decoder.feed(chunk):
            _add(body, piece, share, limit)
    _add(body, decoder.finish(), share, limit)
    return bytes(body)


def _add(body: bytearray, piece: bytes, share: Share, limit: int) -> None:
    if len(body) + len(piece) > limit:
        raise _TooLargeError
    share.take(len(piece))
    body += piece


def most_items(body: bytes) -> int:
    """How many items the body can hold at most: elements of JSON, or else lines."""
    json = body.lstrip()[:1] in (b"{", b"[")
    return body.count(b"\n") + 1 + (body.count(b",") if json else 0)


def _decoder(request: Request) -> Decoder:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in DECODERS:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-encoding",
            f"Content-Encoding {encoding!r} is none of gzip, deflate, zstd, identity",
            headers={"Accept-Encoding": "gzip, deflate, zstd"},
        )
    return DECODERS[encoding]()


def _too_large(limit: int, length: int) -> Problem:
    """The server drops what else comes of the body; of one without a known end it must not wait."""
    endless = not 0 < length <= _DRAINED * limit
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body-too-large",
        f"more than {limit} bytes (MAX_BODY_MIB), received or decompressed",
        headers={"Connection": "close"} if endless else None,
    )
