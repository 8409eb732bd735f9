"""POST /webhooks/telegraf: what Telegraf and the clients of InfluxDB send, unchanged."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request

from api.permits import Caller, permit
from api.problems import Problem
from api.reading.telegraf import read_telegraf
from api.routes.webhooks import DOCUMENTED, Receipt, take_in
from schemas.keys import Endpoint
from schemas.roles import Permission
from schemas.topics import METRICS_RAW

router = APIRouter(tags=["webhooks"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": "cpu,host=web-1,cpu=cpu-total usage_idle=82.4 1568760922000000000",
            },
            "application/json": {
                "example": {
                    "metrics": [
                        {
                            "name": "mem",
                            "tags": {"host": "web-1"},
                            "fields": {"used_percent": 71.2},
                            "timestamp": 1568760922,
                        }
                    ]
                }
            },
        },
    }
}


# The aliases are the addresses that InfluxDB's clients make of a base URL of their own.
@router.post("/webhooks/telegraf/api/v2/write", status_code=202, include_in_schema=False)
@router.post("/webhooks/telegraf/write", status_code=202, include_in_schema=False)
@router.post(
    "/webhooks/telegraf",
    status_code=HTTPStatus.ACCEPTED,
    responses=DOCUMENTED,
    openapi_extra=_BODY,
)
async def telegraf(
    request: Request,
    _caller: Annotated[Caller, Depends(permit(Permission.INGEST))],
    precision: Literal["ns", "us", "ms", "s"] = "ns",
) -> Receipt:
    """Telegraf's JSON or InfluxDB line protocol, gzip too. 202 means that the broker has it.

    A bad metric goes to the dead letters and fails nothing else. `precision` is that of line
    protocol's timestamps.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-protobuf":
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise Problem(status, "unsupported-type", "use the data format influx or json")
    read = partial(read_telegraf, precision=precision)
    _, receipt = await take_in(request, Endpoint.TELEGRAF, METRICS_RAW, read)
    return receipt
