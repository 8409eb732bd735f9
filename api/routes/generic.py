"""POST /webhooks/generic: log lines and metrics, as JSON, NDJSON or text, from anything."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request

from api.permits import Caller, permit
from api.problems import Problem
from api.reading.generic import read_generic
from api.routes.webhooks import DOCUMENTED, Receipt, errors_of, take_in
from schemas.keys import Endpoint
from schemas.roles import Permission
from schemas.topics import LOGS_RAW

router = APIRouter(tags=["webhooks"])

_BINARY: Final = ("multipart/", "image/", "audio/", "video/", "application/x-protobuf")
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "examples": {
                    "line": {"value": {"message": "disk full", "level": "error", "host": "web-1"}},
                    "lines and a metric": {
                        "value": [
                            "plain text is a line, too",
                            {"message": "slow query", "service": "db"},
                            {"metric": "cpu_usage", "value": 93.5, "host": "web-1"},
                        ]
                    },
                }
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
}


@router.post(
    "/webhooks/generic",
    status_code=HTTPStatus.ACCEPTED,
    responses=DOCUMENTED,
    openapi_extra=_BODY,
)
async def generic(
    request: Request, _caller: Annotated[Caller, Depends(permit(Permission.INGEST))]
) -> Receipt:
    """Log lines and metrics. 202 means that the broker has them.

    An object is a log line, unless it looks like a metric; of text each line is one. The source
    is `?source=` or X-Source. With an Idempotency-Key the same body counts once.
    """
    declared_json = _declared_json(request)
    read = partial(read_generic, declared_json=declared_json)
    reading, receipt = await take_in(request, Endpoint.GENERIC, LOGS_RAW, read)
    if not reading.accepted:
        errors = [error.model_dump() for error in errors_of(reading)]
        detail = "not one item can be used; all are in the dead letters"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "no-usable-item", detail, errors=errors)
    return receipt


def _declared_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith(_BINARY):
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise Problem(status, "unsupported-type", f"{kind} is neither JSON nor text")
    return kind in ("application/json", "application/x-ndjson") or kind.endswith("+json")
