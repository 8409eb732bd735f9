"""Log files that people send in pieces."""

from typing import Final, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.filter_values import Kind
from schemas.filters import Field as Filtered
from schemas.filters import Grammar
from schemas.timezones import TimezoneName

UploadState = Literal["open", "complete", "failed"]
GRAMMAR: Final = Grammar(
    {
        "name": Filtered(),
        "source": Filtered(),
        "state": Filtered(Kind.WORD, get_args(UploadState)),
        "size": Filtered(Kind.NUMBER),
        "lines": Filtered(Kind.NUMBER),
        "created_by": Filtered(),
        "created_at": Filtered(Kind.TIME),
        "updated_at": Filtered(Kind.TIME),
    },
    window=False,
)
CHUNK_BYTES: Final = 8 * 1024 * 1024


class NewUpload(BaseModel):
    """What is going to be sent: `size` in bytes as it is sent, compressed or not.

    `timezone` is that of times that name none, e.g. Europe/Berlin; empty: LOG_TIMEZONE, else UTC.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "app.log",
                    "source": "shop",
                    "size": 1_048_576,
                    "timezone": "Europe/Berlin",
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00]*$")
    source: str = Field(min_length=1, max_length=200)
    size: int | None = Field(None, ge=0)
    timezone: TimezoneName = Field("", max_length=64)


class UploadView(BaseModel):
    """How far an upload is.

    `offset` is where the next piece begins, in bytes of the file; send at most about `chunk_bytes`
    at once. `bytes` are those after decompression whose `lines` are in the broker. `reason` says
    why it failed; lines that came before are in and stay.
    """

    id: str
    name: str
    source: str
    size: int | None
    state: UploadState
    reason: str
    compression: str
    offset: int
    chunk_bytes: int
    bytes: int
    lines: int
    created_by: str
    created_at: AwareDatetime
    updated_at: AwareDatetime
