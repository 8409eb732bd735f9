"""Who looks, and how: what a callback knows of the browser that asked.

The session middleware sets it for each request and websocket; tests set it with `visiting`.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.roles import Permission, Role, may

_UTC: Final = ZoneInfo("UTC")


class Api(Protocol):
    """The API as this visitor may use it; paths are below /api/v1.

    Each raises Unavailable when it does not answer, ApiProblem when it refuses, SessionEnded when
    nobody is signed in any more.
    """

    async def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET; parameters that are None are left out, lists are repeated."""

    async def send(
        self, method: str, path: str, body: Any = None, *, if_match: int | None = None
    ) -> Any:
        """The JSON of a write, None for 204; `if_match` is the version that was seen."""


@dataclass(frozen=True)
class Me:
    """Who is signed in."""

    id: str
    username: str
    name: str
    role: Role
    preferences: Mapping[str, Any] = field(default_factory=dict)

    def may(self, permission: Permission) -> bool:
        """Whether to offer it; the API decides again."""
        return may(self.role, permission)

    @property
    def initials(self) -> str:
        """Two letters for the corner."""
        words = (self.name or self.username).split()
        return "".join(word[0] for word in words[:2]).upper() or "?"


@dataclass(frozen=True)
class Visit:
    """One request or connection of one browser; `me` is None while the API does not answer."""

    api: Api
    me: Me | None = None
    session: str = ""
    zone: ZoneInfo = _UTC
    phone: bool = False
    api_url: str = ""  # of the API, as this process reaches it
    live: Any = None  # ui.live.Upstreams of this process
    hang_up: Callable[[], None] | None = None  # ends this connection, if it is a websocket
    hold: Callable[[float], Awaitable[float]] | None = None  # see ui.client.Client


_current: ContextVar[Visit] = ContextVar("visit")


def visit() -> Visit:
    """The visit that this code runs for. Raises LookupError outside of one."""
    return _current.get()


def api() -> Api:
    """Shorthand for the API of the current visit."""
    return _current.get().api


@contextmanager
def visiting(one: Visit) -> Iterator[Visit]:
    """Code inside runs for this visit."""
    token = _current.set(one)
    try:
        yield one
    finally:
        _current.reset(token)


def view_of(cookie: str) -> tuple[ZoneInfo, bool]:
    """Zone and width of the browser, as assets/theme.js has written them: "zone=...&phone=1"."""
    said = dict(parse_qsl(unquote(cookie).replace("+", "%2B")))  # it is no form: Etc/GMT+5
    try:
        zone = ZoneInfo(said.get("zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = _UTC
    return zone, said.get("phone") == "1"


def role_of(me: Mapping[str, Any] | None) -> Role:
    """The role in the store `me`; the least while nobody is known yet."""
    return Role(me["role"]) if me else Role.VIEWER
