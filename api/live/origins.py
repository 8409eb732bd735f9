"""Which pages may open a WebSocket: browsers send where a page is from, and ask nobody else."""

from collections.abc import Collection
from urllib.parse import urlsplit


def may_open(origin: str | None, host: str, allowed: Collection[str]) -> bool:
    """Whether a page of `origin` may; programs send none. `host` is what it asked for."""
    if origin is None or "*" in allowed:
        return True
    return origin in allowed or urlsplit(origin).netloc == host
