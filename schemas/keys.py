"""Keys of producers: what one may do, how it is asked for, how it is shown."""

import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from schemas.filter_values import Kind
from schemas.filters import Field as Filtered
from schemas.filters import Grammar

# 32 random bytes behind a beginning by which a key is known wherever it turns up.
KEY_PATTERN: Final = r"fsk_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"
BLOT: Final = "***"
_LEAST: Final = 16  # characters; a shorter key of a careless instance may be any word
_SHOWN: Final = 8  # characters by which people tell keys apart

_key = re.compile(KEY_PATTERN)
_key_bytes = re.compile(KEY_PATTERN.encode())


class Endpoint(StrEnum):
    """Where a key may post to; the last part of the address."""

    GENERIC = "generic"
    TELEGRAF = "telegraf"


class KeyState(StrEnum):
    """Only an active key lets anybody in."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


GRAMMAR: Final = Grammar(
    {
        "name": Filtered(),
        "state": Filtered(Kind.WORD, tuple(KeyState)),
        "created_by": Filtered(),
        "created_at": Filtered(Kind.TIME),
        "expires_at": Filtered(Kind.TIME),
        "last_used_at": Filtered(Kind.TIME),
    },
    window=False,
)


def new_key() -> str:
    """A key as its producer gets it."""
    return f"fsk_{secrets.token_urlsafe(32)}"


def is_key(text: str) -> bool:
    """Whether the text has the shape of a key of ours."""
    return _key.fullmatch(text) is not None


def shown_start(key: str) -> str:
    """The beginning of a key, too short to be of use to anybody."""
    return key[:_SHOWN]


def without_keys(text: str) -> str:
    """The text with every key in it blotted out."""
    return _key.sub(BLOT, text) if "fsk_" in text else text


def body_without_keys(body: bytes, presented: str) -> bytes:
    """A request's body with every key, and the one presented with it, blotted out."""
    if b"fsk_" in body:
        body = _key_bytes.sub(BLOT.encode(), body)
    secret = presented.encode()
    is_found = len(presented) >= _LEAST and secret in body
    return body.replace(secret, BLOT.encode()) if is_found else body


def holds_key(text: str, presented: str) -> bool:
    """Whether a key, or the one presented, stands in a text that is kept."""
    return without_keys(text) != text or (len(presented) >= _LEAST and presented in text)


def covers(sources: list[str] | None, source: str) -> bool:
    """Whether a source is among them; one that ends in `*` means all that begin so, None all."""
    return sources is None or any(
        source == one or (one.endswith("*") and source.startswith(one[:-1])) for one in sources
    )


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("printable characters only, no blanks around them")
    return text


def _future(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        moment = moment.astimezone(UTC)  # as the table gives it back
    except OverflowError as error:
        raise ValueError("lies beyond the year 9999") from error
    if moment <= datetime.now(UTC):
        raise ValueError("lies in the past")
    return moment


Source = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]


class KeyWish(BaseModel):
    """A key that somebody asks for. Without sources or endpoints it may use all of them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "telegraf on web-1",
                "sources": ["hosts/web-1"],
                "endpoints": ["telegraf"],
                "expires_at": "2090-01-01T00:00:00Z",
            }
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]
    sources: Annotated[list[Source], Field(min_length=1, max_length=100)] | None = Field(
        None, description="`*` at the end: all that begin so."
    )
    endpoints: Annotated[list[Endpoint], Field(min_length=1)] | None = None
    expires_at: Annotated[AwareDatetime | None, AfterValidator(_future)] = None


class Key(BaseModel):
    """A key as lists show it; `last_used_at` is up to a minute late."""

    id: str
    name: str
    starts_with: str
    sources: list[str] | None
    endpoints: list[Endpoint] | None
    state: KeyState = KeyState.ACTIVE
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @model_validator(mode="after")
    def _as_of_now(self) -> Self:
        if self.revoked_at is not None:
            self.state = KeyState.REVOKED
        elif self.expires_at is not None and self.expires_at <= datetime.now(UTC):
            self.state = KeyState.EXPIRED
        return self


class NewKey(Key):
    """The answer to whoever made it; `key` is shown this once and never again."""

    key: str
