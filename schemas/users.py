"""Users, their sessions, and what a password must be."""

import json
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.documents import LEVELS, plain
from schemas.filter_values import Kind
from schemas.filters import Field as Filtered
from schemas.filters import Grammar
from schemas.roles import Role
from schemas.secrets import is_placeholder

USERNAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$"
PASSWORD_CHARACTERS: Final = 8  # NIST SP 800-63B, 5.1.1.2
_PASSWORD_MOST: Final = 1024  # hashing must not become somebody's way to keep us busy
PREFERENCES_BYTES: Final = 8 * 1024
GRAMMAR: Final = Grammar(
    {"role": Filtered(Kind.WORD, tuple(Role), ordered=True), "disabled": Filtered(Kind.FLAG)},
    window=False,
)


def check_length(password: str) -> str:
    """The password. Raises ValueError when it is too short or too long."""
    if not PASSWORD_CHARACTERS <= len(password) <= _PASSWORD_MOST:
        raise ValueError(f"a password has {PASSWORD_CHARACTERS} to {_PASSWORD_MOST} characters")
    return password


def check_password(password: str) -> str:
    """The password. Raises ValueError when everybody would guess it, or its length is wrong."""
    if is_placeholder(check_length(password)):
        raise ValueError("this password is the first that others try")
    return password


def check_preferences(preferences: dict[str, Any]) -> dict[str, Any]:
    """The preferences as they can be kept.

    Raises ValueError when they are larger than PREFERENCES_BYTES as JSON, or nested too deep.
    """
    # The audit log keeps them as a part of the account, which is a level of its own.
    kept: dict[str, Any] = plain(preferences, LEVELS - 2)
    if (
        len(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())
        > PREFERENCES_BYTES
    ):
        raise ValueError(f"preferences are at most {PREFERENCES_BYTES} bytes of JSON")
    return kept


Username = Annotated[str, StringConstraints(pattern=USERNAME)]
Password = Annotated[str, AfterValidator(check_password)]
Name = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$")]


class Asked(BaseModel):
    """A body from outside: a field that we do not know is a mistake that we name."""

    model_config = ConfigDict(extra="forbid")


_WORDS: Final = "correct horse battery staple"


def _example(**body: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": body})


class UserName(BaseModel):
    """Who somebody is, as a login tells."""

    id: str
    username: str
    name: str
    role: Role


class User(UserName):
    """An account; `version` rises with each change and is its ETag."""

    email: str
    disabled: bool
    created_at: datetime
    last_login_at: datetime | None
    version: int


class NewUser(Asked):
    """What an admin gives."""

    model_config = _example(username="ada", password=_WORDS, role="analyst", name="Ada")

    username: Username
    password: Password
    role: Role = Role.VIEWER
    name: Name = ""
    email: Email = ""


class UserChange(Asked):
    """What an admin may change; what is left out stays."""

    model_config = _example(role="operator")

    name: Name | None = None
    email: Email | None = None
    role: Role | None = None
    disabled: bool | None = None
    password: Password | None = None


class Me(User):
    """Oneself: `preferences` are the client's own, `session` is the one that asks."""

    preferences: dict[str, Any]
    session: str


class MyChange(Asked):
    """What everybody may change; `preferences` are merged as in RFC 7396: null takes one out."""

    model_config = _example(preferences={"theme": "dark"})

    name: Name | None = None
    preferences: Annotated[dict[str, Any], AfterValidator(check_preferences)] | None = None


class PasswordChange(Asked):
    """The old password and the new one."""

    model_config = _example(current=_WORDS, new="another quiet afternoon")

    current: str = Field(max_length=_PASSWORD_MOST)
    new: Password


class Session(BaseModel):
    """One login; `current` is the one that asks."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    agent: str
    current: bool


class Login(Asked):
    """Who wants in."""

    model_config = _example(username="ada", password=_WORDS)

    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=_PASSWORD_MOST)


class Refresh(Asked):
    """The refresh token that was given last."""

    model_config = _example(refresh_token="0" * 64)

    refresh_token: str = Field(min_length=1, max_length=500)


class Tokens(BaseModel):
    """`access_token` goes into `Authorization: Bearer`; both times are seconds from now.

    A refresh token is good for one use; the answer holds the next one.
    """

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - what kind it is
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    user: UserName


def merged(old: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396: what the change names is replaced, null takes it out."""
    new = dict(old)
    for name, value in change.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict):
            below = old.get(name)
            new[name] = merged(below if isinstance(below, dict) else {}, value)
        else:
            new[name] = value
    return new
