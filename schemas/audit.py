"""The audit log: who did what, when, from where, before and after; secrets blotted out."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel

REDACTED: Final = "***"
_DOCUMENT_BYTES: Final = 64 * 1024
_SECRET: Final = re.compile(
    r"passw(or)?d|passphrase|secret|token|authorization|cookie|credential|private_?key"
    r"|^(key|api_?key)$|_key$",
    re.IGNORECASE,
)


class AuditEntry(BaseModel):
    """One write. `object` is like a path: users/ID; `before` and `after` are None where there was
    or is nothing.
    """

    id: int
    at: datetime
    actor_id: str
    actor: str
    actor_kind: Literal["user", "key", "nobody"]
    session: str
    address: str
    trace_id: str
    action: str
    object: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def redacted(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with every secret field blotted out, at any depth; too large, its size alone."""
    clean = {name: _clean(name, value) for name, value in document.items()}
    size = len(json.dumps(clean, default=str).encode())
    if size > _DOCUMENT_BYTES:
        return {"left_out": f"{size} bytes"}
    return clean


def _clean(name: str, value: Any) -> Any:
    if _SECRET.search(name) and value not in (None, "", False):
        return REDACTED
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), below) for key, below in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", below) for below in value]
    if isinstance(value, str):
        return value.replace("\x00", "␀")  # Postgres keeps no NUL
    return value
