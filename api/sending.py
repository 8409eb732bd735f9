"""Who sends, and what ties the retries of a request together."""

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import Request

from api.keys import check_scope, producer_in, source_of
from api.problems import Problem
from api.tracing import Trace, trace_in
from schemas.demo import SOURCE_PREFIX
from schemas.keys import Endpoint, holds_key

SOURCE_CHARACTERS: Final = 200
_KEY_CHARACTERS: Final = 200
_ORIGIN_CHARACTERS: Final = 450  # with a part after it, it stays a header that can be read


@dataclass(frozen=True, slots=True)
class Sending:
    """One request; `key_id` is of whose key, `presented` the key as it came, to be blotted out.

    `idempotency_key` is "" where the sender has none.
    """

    key_id: str
    presented: str
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
        return f"http:{self.key_id}:{source}:{self.idempotency_key}"

    @property
    def unique(self) -> str:
        """Names this very request."""
        return f"http:{self.key_id}:{self.trace.parent}"

    @property
    def too_long(self) -> bool:
        """Whether its origin would not fit into a record's header."""
        return len(self._prefix) > _ORIGIN_CHARACTERS


def sending_of(request: Request, endpoint: Endpoint) -> Sending:
    """Source: `?source=`, else the header X-Source, else what `source_of` says of the key.

    Raises Problem 422 when a name is too long, holds control characters or a key; 403 when the key
    is not for this source or endpoint.
    """
    key, presented = producer_in(request.scope)
    headers = request.headers
    said = request.query_params.get("source") or _utf8(headers.get("x-source", ""))
    source = said.strip() or source_of(key)
    repeat = headers.get("idempotency-key", "").strip()
    faults = []
    if len(source) > SOURCE_CHARACTERS or not source.isprintable():
        faults.append({"in": "source", "detail": f"at most {SOURCE_CHARACTERS} printable"})
    if source.startswith(SOURCE_PREFIX):
        said = f"names that begin with {SOURCE_PREFIX} are kept for made-up data; take another"
        faults.append({"in": "source", "detail": said})
    if len(repeat) > _KEY_CHARACTERS or not (repeat.isascii() and repeat.isprintable()):
        faults.append({"in": "Idempotency-Key", "detail": f"at most {_KEY_CHARACTERS} of ASCII"})
    for name, value in (("source", source), ("Idempotency-Key", repeat)):
        if holds_key(value, presented):
            faults.append({"in": name, "detail": "holds a key, which is only for its header"})
    sending = Sending(key.id, presented, source, repeat, trace_in(request.scope))
    if not faults and sending.too_long:
        faults.append({"in": "Idempotency-Key", "detail": "too long beside such a source"})
    if faults:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "invalid-request", "see errors", errors=faults)
    check_scope(key, endpoint, source)
    return sending


def _utf8(header: str) -> str:
    """Senders write UTF-8 into headers, which HTTP reads as Latin-1."""
    return header.encode("latin-1", "replace").decode("utf-8", "replace")
