"""A body that cannot be read. FastAPI reads bodies before it asks who sends them; here the order is
put right: whoever may not, learns nothing of a route, not even that a body is wrong.
"""

from collections.abc import Iterator
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.permits import Permit
from api.problems import Problem, http_problem, invalid_problem, response_of, unavailable_problem
from schemas.errors import Unavailable


def add_unreadable(app: FastAPI) -> None:
    """After `add_problems`, two of whose handlers it stands before."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def permits_of(dependant: Dependant) -> Iterator[Permit]:
    """What a route asks of its caller: one, as a test makes sure."""
    if isinstance(dependant.call, Permit):
        yield dependant.call
    for below in dependant.dependencies:
        yield from permits_of(below)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    unread = any(fault["type"] == "json_invalid" for fault in error.errors())
    return await _after_permission(request, invalid_problem(error), unread=unread)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    # Our own routes raise Problems: a 400 is FastAPI's, of a body.
    unread = error.status_code == HTTPStatus.BAD_REQUEST
    return await _after_permission(request, http_problem(error), unread=unread)


async def _after_permission(request: Request, problem: Problem, *, unread: bool) -> Response:
    """The problem, unless nobody was asked for a permission yet and it is refused."""
    route = request.scope.get("route")
    if unread and route is not None:
        try:
            for permit in permits_of(route.dependant):
                await permit(request)
        except Problem as refusal:
            problem = refusal
        except Unavailable as down:
            problem = unavailable_problem(down)
    return response_of(request, problem)
