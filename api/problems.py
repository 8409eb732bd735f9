"""Errors as RFC 9457 problem details: what went wrong, in one shape, with the trace's id."""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.tracing import note, trace_in
from schemas.errors import InvalidEvent, Unavailable

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = 1.0


class Problem(Exception):
    """Raise it anywhere below a route; `kind` is a short stable word, kept in the type's URN."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


def overloaded(what: str, detail: str, retry_after: float = _RETRY_SECONDS) -> Problem:
    """503 with Retry-After, in whole seconds."""
    seconds = str(max(1, math.ceil(retry_after)))
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return Problem(status, what, detail, headers={"Retry-After": seconds})


def add_problems(app: FastAPI) -> None:
    """Every error that leaves the app becomes a problem, with those of `unreadable.py`."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(InvalidEvent, _unusable)
    app.add_exception_handler(Exception, _unknown)


def response_of(request: Request, problem: Problem) -> JSONResponse:
    """The problem as it goes out; its line in the access log says why."""
    note(request.scope, problem=problem.kind, detail=problem.detail)
    body: dict[str, Any] = {
        "type": f"urn:foreshock:problem:{problem.kind}",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        "instance": request.url.path,
        "trace_id": trace_in(request.scope).id,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def unavailable_problem(error: Unavailable) -> Problem:
    """503 for what does not answer."""
    return overloaded("unavailable", str(error), error.retry_after)


def http_problem(error: HTTPException) -> Problem:
    """What the framework refuses: unknown addresses and methods, bodies that cannot be read."""
    status = HTTPStatus(error.status_code)
    kind = status.phrase.lower().replace(" ", "-")
    return Problem(status, kind, error.detail, headers=error.headers)


def invalid_problem(error: RequestValidationError) -> Problem:
    """422, naming each parameter or part of the body that is wrong."""
    errors = [
        {"in": ".".join(map(str, fault["loc"])), "detail": fault["msg"]} for fault in error.errors()
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(status, "invalid-request", "see errors", errors=errors)


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it
    return response_of(request, error)


async def _unavailable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Unavailable)  # noqa: S101 - registered for it
    return response_of(request, unavailable_problem(error))


async def _unusable(request: Request, error: Exception) -> JSONResponse:
    """A filter, a cursor: what the client made of pieces that we told it of."""
    assert isinstance(error, InvalidEvent)  # noqa: S101 - registered for it
    kind = error.reason.replace(" ", "-")
    return response_of(request, Problem(HTTPStatus.UNPROCESSABLE_ENTITY, kind, error.detail))


async def _unknown(request: Request, _error: Exception) -> JSONResponse:
    """The server logs the error itself; the client gets the id under which it stands there."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return response_of(request, Problem(status, "internal", "a fault of ours; see trace_id"))
