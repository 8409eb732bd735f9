"""Users, their sessions, and what a password must be."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.roles import Role
from schemas.secrets import is_placeholder

USERNAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$"
PASSWORD_CHARACTERS: Final = 8  # NIST SP 800-63B, 5.1.1.2
_PASSWORD_MOST: Final = 1024  # hashing must not become somebody's way to keep us busy
PREFERENCES_BYTES: Final = 8 * 1024


def check_password(password: str) -> str:
    """The password. Raises ValueError when everybody would guess it, or it is too short or long."""
    if not PASSWORD_CHARACTERS <= len(password) <= _PASSWORD_MOST:
        raise ValueError(f"a password has {PASSWORD_CHARACTERS} to {_PASSWORD_MOST} characters")
    if is_placeholder(password):
        raise ValueError("this password is the first that others try")
    return password


def check_preferences(preferences: dict[str, Any]) -> dict[str, Any]:
    """The preferences. Raises ValueError when they are larger than PREFERENCES_BYTES as JSON."""
    if len(msgspec.json.encode(preferences)) > PREFERENCES_BYTES:
        raise ValueError(f"preferences are at most {PREFERENCES_BYTES} bytes of JSON")
    return preferences


Username = Annotated[str, StringConstraints(pattern=USERNAME)]
Password = Annotated[str, AfterValidator(check_password)]
Name = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$")]


class Asked(BaseModel):
    """A body from outside: a field that we do not know is a mistake that we name."""

    model_config = ConfigDict(extra="forbid")


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

    username: Username
    password: Password = Field(examples=["correct horse battery staple"])
    role: Role = Role.VIEWER
    name: Name = ""
    email: Email = ""


class UserChange(Asked):
    """What an admin may change; what is left out stays."""

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

    name: Name | None = None
    preferences: dict[str, Any] | None = Field(None, examples=[{"theme": "dark"}])


class PasswordChange(Asked):
    """The old password and the new one."""

    current: str = Field(max_length=_PASSWORD_MOST)
    new: Password = Field(examples=["correct horse battery staple"])


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

    username: str = Field(min_length=1, max_length=200, examples=["admin"])
    password: str = Field(min_length=1, max_length=_PASSWORD_MOST, examples=["correct horse"])


class Refresh(Asked):
    """The refresh token that was given last."""

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
