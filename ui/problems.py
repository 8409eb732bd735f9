"""What the API says when it refuses, as errors with words for people."""

from typing import Any

from schemas.errors import ForeshockError, Unavailable


class ApiProblem(ForeshockError):
    """An RFC 9457 answer: its status, kind, detail and the trace to look for in the log."""

    def __init__(self, status: int, kind: str, detail: str, trace_id: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.trace_id = trace_id


class SessionEnded(ForeshockError):
    """Nobody is signed in any more: the way goes on at the login."""


class SessionStale(ForeshockError):
    """The token is old, and this connection cannot take a new one: come again."""


def problem_of(status: int, body: Any) -> ForeshockError:
    """The error for an answer that is none of 2xx; 502 to 504 are worth another try."""
    said = body if isinstance(body, dict) else {}
    detail = str(said.get("detail") or said.get("title") or f"the API answered {status}")
    if status in (502, 503, 504):
        return Unavailable("the API", detail)
    kind = str(said.get("kind") or said.get("type") or "error").rsplit("/", 1)[-1]
    return ApiProblem(status, kind, detail, str(said.get("trace_id") or ""))
