"""Who sends with which key: presented in a header, never in a URL, never logged.

A header of its own (X-API-Key), `Authorization: Bearer KEY`, `Token KEY` (InfluxDB's clients), or
`Basic` with the key as password and any user (senders that know nothing else).
"""

import base64
import secrets
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Scope

from api.clients import client_in
from api.kinds import Kind
from api.problems import Problem
from connectors.embedded.atomic import make_private
from connectors.instance import key_file
from connectors.stores.keys import KeyInForce
from schemas.errors import UserError
from schemas.keys import Endpoint, covers, is_key
from schemas.settings import Settings

# The instance's own key, which may send everything: what its senders are called by default.
INSTANCE_KEY: Final = KeyInForce("webhooks", "webhooks")
_PRODUCER: Final = "foreshock.producer"


def key_of(settings: Settings) -> str:
    """The key in force: the setting, else the file's, which is made when there is none.

    Raises UserError when the file cannot be read or made.
    """
    key = settings.api_key.get_secret_value()
    return key or kept_secret(key_file(settings.data_dir), "API_KEY")


def kept_secret(file: Path, setting: str) -> str:
    """The secret in a file of its owner's alone, made when there is none; `setting` replaces it.

    Raises UserError when the file cannot be read or made.
    """
    try:
        if not file.exists():
            make_private(file, secrets.token_urlsafe(32) + "\n")
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: {error}", f"set {setting}, or make the file readable") from error
    if not secret:
        raise UserError(f"{file} is empty", "delete it, and a new one is made")
    return secret


def presented(headers: Mapping[str, str], key_header: str) -> Iterator[str]:
    """Everything in the headers that may be meant as a key."""
    if own := headers.get(key_header):
        yield own
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "token"):
        yield rest.strip()
    elif scheme.lower() == "basic":
        try:
            yield base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except ValueError:  # no ASCII, no base64, no UTF-8
            return


async def find_key(request: HTTPConnection) -> KeyInForce | None:
    """The key among what was presented; None when there is none that is in force.

    Raises Unavailable when only Postgres knows, and it does not answer.
    """
    state = request.app.state
    own = state.settings.api_key.get_secret_value().encode()
    for said in presented(request.headers, state.settings.api_key_header):
        if secrets.compare_digest(said.encode(), own):
            found: KeyInForce | None = INSTANCE_KEY
        else:
            found = await state.keyring.find(said) if is_key(said) else None
        if found is not None:
            request.scope[_PRODUCER] = found, said
            return found
    return None


async def require_key(request: HTTPConnection) -> KeyInForce:
    """The key presented. Raises Problem 401 when none is in force, 429 when it is used too often;
    Unavailable as `find_key`.
    """
    found = await find_key(request)
    if found is None:
        raise await unauthorized(request)
    await request.app.state.limits.spend(request.scope, f"key:{found.id}")
    return found


def producer_in(scope: Scope) -> tuple[KeyInForce, str]:
    """The key of a request that `require_key` has let in, and how it was presented."""
    found: tuple[KeyInForce, str] = scope[_PRODUCER]
    return found


async def unauthorized(request: HTTPConnection) -> Problem:
    """The 401 for whoever is not known. Raises Problem 429 when an address fails too often."""
    await count_failure(request)
    header = request.app.state.settings.api_key_header
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        f"present the key in {header}, or as Bearer, Token or Basic",
        headers={"WWW-Authenticate": 'Bearer realm="foreshock"'},
    )


async def count_failure(request: HTTPConnection) -> None:
    """Whoever is not known is counted by address. Raises Problem 429 when there were too many."""
    address = client_in(request.scope).address
    await request.app.state.limits.spend(request.scope, f"address:{address}", Kind.AUTH)


def check_scope(key: KeyInForce, endpoint: Endpoint, source: str) -> None:
    """Raises Problem 403 when the key may not post there, or not as this source."""
    if key.endpoints is not None and endpoint not in key.endpoints:
        detail = f"this key is for {', '.join(key.endpoints)}; make one for {endpoint.value}"
        raise Problem(HTTPStatus.FORBIDDEN, "not-your-endpoint", detail)
    if not covers(key.sources, source):
        detail = f"this key is not for the source {source!r}; make one, or name one of its own"
        raise Problem(HTTPStatus.FORBIDDEN, "not-your-source", detail)


def source_of(key: KeyInForce) -> str:
    """What a sender of this key is called that does not name itself: its one source, if it is so,
    else the name of the key.
    """
    if key.sources and len(key.sources) == 1 and not key.sources[0].endswith("*"):
        return key.sources[0]
    return key.name
