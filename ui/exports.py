"""Lists as CSV: what the API streams, passed on with the visitor's rights, nothing kept.

`GET /export/patterns?severity>=error` is `GET /api/v1/patterns?severity>=error` as text/csv.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response, StreamingResponse

from schemas.errors import Unavailable
from ui.html import refusal_page
from ui.problems import ApiProblem, SessionEnded, problem_of
from ui.streaming import kept, stream_of

_CSV: Final = "text/csv"
_KEPT: Final = ("content-disposition", "x-row-limit", "x-truncated")
_TITLE: Final = "There is no file to download"

Noun = Annotated[str, Path(pattern=r"^[a-z][a-z-]{0,40}$")]


def routes() -> APIRouter:
    """`/export/{noun}`; the noun is that of a list of the API."""
    router = APIRouter(include_in_schema=False)

    @router.get("/export/{noun}")
    async def export(noun: Noun, request: Request) -> Response:
        """The list as a file; a page with the reason where there is none."""
        return await _streamed(noun, request.url.query)

    return router


async def _streamed(noun: str, query: str) -> Response:
    try:
        stream = await stream_of(f"/{noun}?{query}", {"accept": _CSV})
    except (SessionEnded, Unavailable) as error:
        return _refused(error)
    answer = stream.answer
    if not answer.is_success or not answer.headers.get("content-type", "").startswith(_CSV):
        await answer.aread()
        await stream.closed()
        return _refused(problem_of(answer.status_code, _json(answer.headers, answer.content)))

    headers = kept(answer.headers, _KEPT)
    headers.setdefault("content-disposition", f'attachment; filename="{noun}.csv"')
    return StreamingResponse(stream.body(), answer.status_code, headers, _CSV)


def _json(headers: Mapping[str, str], body: bytes) -> object:
    return json.loads(body) if "json" in headers.get("content-type", "") else None


def _refused(error: Exception) -> Response:
    status = 503
    if isinstance(error, SessionEnded):
        status = 401
    elif isinstance(error, ApiProblem):
        status = error.status if error.status >= 400 else 404
    return refusal_page(_TITLE, str(error), status)
