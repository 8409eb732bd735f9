"""What passes through to the API with the visitor's rights: uploads in, raw bytes out.

Nothing is kept and nothing is read ahead: memory stays the same however large a file is.
"""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse

from schemas.errors import Unavailable
from ui.integrations.span import span_of
from ui.links import api_path
from ui.problems import ApiProblem, SessionEnded
from ui.streaming import client, kept, stream_of
from ui.visit import visit

_FORTH: Final = ("upload-offset", "content-length", "content-range")
_BACK: Final = ("upload-offset", "retry-after")
_RAW_HEADERS: Final = ("content-disposition", "content-length")
_MOST_OF_AN_ANSWER: Final = 64 * 1024

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]


def routes() -> APIRouter:
    """`/uploads`, as the API has it, and `/dead-letters/{id}/raw`.

    They are behind the session: its middleware has checked where a write comes from.
    """
    router = APIRouter(include_in_schema=False)

    @router.post("/uploads")
    async def begin(wish: Annotated[dict[str, Any], Body()]) -> Response:
        return await _asked("POST", "/uploads", wish)

    @router.get("/uploads/{id}")
    async def one(id: Id) -> Response:
        return await _asked("GET", f"/uploads/{id}")

    @router.post("/uploads/{id}/complete")
    async def complete(id: Id) -> Response:
        return await _asked("POST", f"/uploads/{id}/complete")

    @router.get("/uploads/{id}/span")
    async def span(id: Id) -> Response:
        """When the lines of an upload's source were: `{"from", "to"}`, empty while there are none.

        A file is often older than the day that pages show by themselves.
        """
        try:
            return JSONResponse(await span_of(id))
        except (SessionEnded, Unavailable, ApiProblem) as error:
            return _refused(error)

    @router.put("/uploads/{id}")
    async def piece(id: Id, request: Request) -> Response:
        return await _piece(id, request)

    @router.get("/dead-letters/{id}/raw")
    async def raw(id: Id) -> Response:
        return await _raw(id)

    return router


async def _asked(method: str, path: str, body: Any = None) -> Response:
    """A small question and its answer."""
    try:
        api = visit().api
        answer = await (api.get(path) if method == "GET" else api.send(method, path, body))
    except (SessionEnded, Unavailable, ApiProblem) as error:
        return _refused(error)
    return JSONResponse(answer)


async def _piece(id: str, request: Request) -> Response:
    """A piece of a file, passed on as it comes."""
    headers = kept(request.headers, _FORTH)
    headers["content-type"] = "application/octet-stream"
    try:
        async with client().passing("PUT", f"/uploads/{id}", headers, request.stream()) as answer:
            said = bytearray()
            async for part in answer.aiter_bytes():
                said += part[: _MOST_OF_AN_ANSWER - len(said)]
            back = kept(answer.headers, _BACK)
            kind = answer.headers.get("content-type", "application/json")
            return Response(bytes(said), answer.status_code, back, kind)
    except (SessionEnded, Unavailable) as error:
        return _refused(error)
    except ClientDisconnect:  # nobody is left to read what we answer
        return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _raw(id: str) -> Response:
    """Bytes from anywhere: a download, never a page."""
    try:
        stream = await stream_of(api_path("dead-letters", id, "raw"), {})
    except (SessionEnded, Unavailable) as error:
        return _refused(error)
    answer = stream.answer
    kind = "application/octet-stream" if answer.is_success else "application/problem+json"
    headers = kept(answer.headers, _RAW_HEADERS)
    return StreamingResponse(stream.body(), answer.status_code, headers, kind)


def _refused(error: Exception) -> Response:
    """In the API's own form, so that one script reads both."""
    if isinstance(error, SessionEnded):
        status, kind = HTTPStatus.UNAUTHORIZED.value, "signed-out"
    elif isinstance(error, ApiProblem):
        status, kind = error.status, error.kind
    else:
        status, kind = HTTPStatus.SERVICE_UNAVAILABLE.value, "unavailable"
    body = {"status": status, "kind": kind, "detail": str(error)}
    return JSONResponse(body, status, media_type="application/problem+json")
