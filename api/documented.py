"""What the OpenAPI document says of answers and errors, in the words that all routes share."""

from typing import Any, Final

from fastapi import FastAPI

from api.kinds import Kind, kind_of

_PROBLEM: Final = {
    "application/problem+json": {
        "schema": {"type": "object"},
        "example": {
            "type": "urn:foreshock:problem:not-found",
            "title": "Not Found",
            "status": 404,
            "detail": "there is no dead letter 0-7",
            "instance": "/api/v1/dead-letters/0-7",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        },
    }
}
_SAID: Final = {
    400: "The body or a parameter cannot be read, or a key stands in the URL.",
    401: "No valid credentials.",
    403: "Your role may not do this.",
    404: "There is no such thing.",
    408: "Nothing came for too long.",
    409: "It stands against what there is; the detail says why.",
    412: "It was changed meanwhile.",
    413: "More than is allowed.",
    415: "A kind of content that is not taken; the detail says why.",
    422: "A wrong parameter or body; see errors.",
    429: "Too many requests; see Retry-After.",
    503: "A server that is needed does not answer; see Retry-After.",
}


Responses = dict[int | str, dict[str, Any]]


def errors(*statuses: int) -> Responses:
    """Those of every route, and of one that anybody may ask."""
    found = sorted({422, 429, 503, *statuses})
    return {status: {"description": _SAID[status], "content": _PROBLEM} for status in found}


def problems(*others: int) -> Responses:
    """Those of a route with a permission."""
    return errors(401, 403, *others)


def answered(example: object, *others: int, status: int = 200) -> Responses:
    """The same of a route that answers with JSON like the example."""
    content = {"application/json": {"example": example}}
    return {status: {"description": "As asked.", "content": content}, **problems(*others)}


class Documented(FastAPI):
    """An application whose document says of each route also what the gateway around it answers."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            for path, operations in super().openapi()["paths"].items():
                for method, operation in operations.items():
                    kind = kind_of(method.upper(), path)
                    for status in _AROUND[kind]:
                        said = {"description": _SAID[status], "content": _PROBLEM}
                        operation["responses"].setdefault(str(status), said)
        return super().openapi()


_BOUNDED: Final = (400, 413, 422, 429, 503)
# 400: a key in the URL, or a body that cannot be read; 413: a body over the limit, wanted or not.
_AROUND: Final[dict[Kind, tuple[int, ...]]] = {
    Kind.AUTH: _BOUNDED,
    Kind.READ: _BOUNDED,
    Kind.WRITE: _BOUNDED,
    Kind.INGEST: (400, 408, 413, 422, 429, 503),
    Kind.FREE: (400,),
}
