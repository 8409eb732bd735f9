"""Which pages may open a WebSocket: browsers say where a page is from, and ask nobody else."""

from collections.abc import Collection
from typing import Final

_SCHEMES: Final = ("http://", "https://")


def may_open(origin: str | None, host: str, allowed: Collection[str]) -> bool:
    """Whether a page of `origin` may; programs send none. `host` is what it asked for."""
    if origin is None or "*" in allowed or origin in allowed:
        return True
    return origin in {scheme + host for scheme in _SCHEMES}
