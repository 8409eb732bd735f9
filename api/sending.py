"""Who sends, and what ties the retries of a request together."""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import Request

from api.problems import Problem
from api.tracing import Trace, trace_in

SOURCE_CHARACTERS: Final = 200
_KEY_CHARACTERS: Final = 200
_ORIGIN_CHARACTERS: Final = 450  # with a part after it, it stays a header that can be read


@dataclass(frozen=True, slots=True)
class Sending:
    """One request; `idempotency_key` "" where the sender has none."""

    key_name: str
    source: str
    idempotency_key: str
    trace: Trace

    def origin(self, body: bytes) -> str:
        """What of the sender this body is: the same for each retry, and for no other body.

        "" without an idempotency key. The digest keeps a key that is used for two bodies from
        losing the second.
        """
        if not self.idempotency_key:
            return ""
        digest = hashlib.blake2b(body, digest_size=8).hexdigest()
        return f"{self._prefix}:{digest}"

    @property
    def _prefix(self) -> str:
        source = self.source.replace("%", "%25").replace(":", "%3A")
        return f"http:{self.key_name}:{source}:{self.idempotency_key}"

    @property
    def unique(self) -> str:
        """Names this very request."""
        return f"http:{self.key_name}:{self.trace.parent}"

    @property
    def too_long(self) -> bool:
        """Whether its origin would not fit into a record's header."""
        return len(self._prefix) > _ORIGIN_CHARACTERS


def sending_of(request: Request, key_name: str) -> Sending:
    """Source: `?source=`, else the header X-Source, else the key's name.

    Raises Problem 422 when a name is too long or holds control characters.
    """
    headers = request.headers
    said = request.query_params.get("source") or _utf8(headers.get("x-source", ""))
    source = said.strip() or key_name
    key = headers.get("idempotency-key", "").strip()
    faults = []
    if len(source) > SOURCE_CHARACTERS or not source.isprintable():
        faults.append({"in": "source", "detail": f"at most {SOURCE_CHARACTERS} printable"})
    if len(key) > _KEY_CHARACTERS or not (key.isascii() and key.isprintable()):
        faults.append({"in": "Idempotency-Key", "detail": f"at most {_KEY_CHARACTERS} of ASCII"})
    sending = Sending(key_name, source, key, trace_in(request.scope))
    if not faults and sending.too_long:
        faults.append({"in": "Idempotency-Key", "detail": "too long beside such a source"})
    if faults:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "invalid-request", "see errors", errors=faults)
    return sending


def _utf8(header: str) -> str:
    """Senders write UTF-8 into headers, which HTTP reads as Latin-1."""
    return header.encode("latin-1", "replace").decode("utf-8", "replace")
