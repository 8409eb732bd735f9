"""What kind of request it is, by method and path alone: each kind has limits of its own."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote


class Kind(StrEnum):
    """FREE ones are asked by machines that watch, and cost next to nothing."""

    AUTH = "auth"
    READ = "read"
    WRITE = "write"
    INGEST = "ingest"
    FREE = "free"


_FREE: Final = frozenset(
    {
        *("/", "/health", "/healthz", "/readiness", "/readyz", "/metrics"),
        *("/api/v1/openapi.json", "/api/v1/docs"),
    }
)
# They take bodies of any length and at any speed, within limits of their own.
_INGEST: Final = ("/webhooks/", "/api/v1/uploads/")
# Answers that last as long as somebody watches; how many, they decide themselves.
_ENDLESS: Final = "/api/v1/stream"
_AUTH: Final = "/api/v1/auth/"


def kind_of(method: str, path: str) -> Kind:
    """The kind of a request to `path`, without the base path."""
    if path.startswith(_INGEST[0]) or (method == "PUT" and path.startswith(_INGEST[1])):
        return Kind.INGEST
    if path in _FREE or path == _ENDLESS:
        return Kind.FREE
    if path.startswith(_AUTH):
        return Kind.AUTH
    return Kind.READ if method in ("GET", "HEAD", "OPTIONS") else Kind.WRITE


def route_path(scope: Mapping[str, Any]) -> str:
    """The path below the base path, whether or not a proxy has cut that off."""
    path, base = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(base) :] if base and path.startswith(f"{base}/") else path


def base_path(scope: Mapping[str, Any]) -> str:
    """What a proxy puts before every path; "" without one."""
    return str(scope.get("root_path", ""))


def outer_path(scope: Mapping[str, Any]) -> str:
    """The path as the client knows it, base path included, as it stands in a header."""
    return base_path(scope) + quote(route_path(scope), safe="/:@!$&'()*+,;=~-._")
