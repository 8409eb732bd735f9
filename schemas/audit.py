"""The audit log: who did what, when, from where, before and after; secrets blotted out."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel

from schemas.documents import plain
from schemas.filters import Field, Grammar

GRAMMAR: Final = Grammar(
    {name: Field() for name in ("who", "what", "noun", "object", "address")}, sorts=()
)
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
    clean: dict[str, Any] = {name: _blotted(name, below) for name, below in plain(document).items()}
    size = len(json.dumps(clean, default=str).encode())
    if size > _DOCUMENT_BYTES:
        return {"left_out": f"{size} bytes"}
    return clean


def _blotted(name: str, value: Any) -> Any:
    if _SECRET.search(name) and value not in (None, "", False):
        return REDACTED
    if isinstance(value, dict):
        return {key: _blotted(key, below) for key, below in value.items()}
    if isinstance(value, list):
        return [_blotted("", below) for below in value]
    return value
