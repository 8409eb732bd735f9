"""Live updates as clients of the API see them: a ticket, events, and why a connection ends."""

from enum import IntEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from schemas.journal import Kind

TICKET_SECONDS: Final = 30


class LiveTicket(BaseModel):
    """Opens one connection, once, within `expires_in` seconds."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"ticket": "9Xc1…", "expires_in": TICKET_SECONDS}}
    )

    ticket: str
    expires_in: int = TICKET_SECONDS


class LiveEvent(BaseModel):
    """`cursor` is where to go on after it; `topic` is "" for events about the connection.

    `data` is the record of the topic; of a heartbeat `{"at", "degraded"}` ("" or why nothing new
    can come now), of a resync `{"reason"}`, of an end `{"code", "reason"}`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "cursor": "alerts:0:1042:1767268800123,patterns:0:311:1767268790456",
                "topic": "alerts",
                "kind": "alert",
                "data": {"id": "0b5c…", "version": 3, "severity": "critical"},
            }
        }
    )

    cursor: str
    topic: str
    kind: Kind
    data: dict[str, Any]


class Close(IntEnum):
    """Why a connection ends; the code of a WebSocket, and in the last event of a stream."""

    RESTARTING = 1012
    TRY_LATER = 1013
    NOT_PERMITTED = 4401
    TOO_SLOW = 4408
