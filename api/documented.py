"""What the OpenAPI document says of errors, in the words that all routes share."""

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
    400: "The body cannot be read, or a key stands in the URL.",
    401: "No valid credentials.",
    403: "Your role may not do this.",
    404: "There is no such thing.",
    408: "Nothing came for too long.",
    409: "It is not in a state for this; the detail says which.",
    413: "More than is allowed.",
    415: "A kind of content that is not taken; the detail says why.",
    422: "A wrong parameter, or content that cannot be used.",
    429: "Too many requests; see Retry-After.",
    503: "A server that is needed does not answer; see Retry-After.",
}


def problems(*others: int) -> dict[int | str, dict[str, Any]]:
    """Those of every route with a permission, and `others`."""
    found = sorted({401, 403, 422, 429, 503, *others})
    return {status: {"description": _SAID[status], "content": _PROBLEM} for status in found}


def answered(example: Any) -> dict[int | str, dict[str, Any]]:
    """An example of the answer 200."""
    return {200: {"content": {"application/json": {"example": example}}}}


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
