"""The key that lets senders in: made at first start, presented in one of four ways, never logged.

A header of its own (X-API-Key), `Authorization: Bearer KEY`, `Token KEY` (InfluxDB's clients), or
`Basic` with the key as password and any user (senders that know nothing else).
"""

import base64
import binascii
import secrets
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.requests import HTTPConnection

from api.problems import Problem
from connectors.embedded.atomic import make_private
from connectors.instance import key_file
from schemas.errors import UserError
from schemas.settings import Settings

# The first key's name: what its senders are called that do not name themselves.
KEY_NAME: Final = "webhooks"


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
        except (binascii.Error, UnicodeDecodeError):
            return


def is_let_in(headers: Mapping[str, str], key_header: str, key: str) -> bool:
    """Whether the key is among what was presented; takes equally long for any wrong one."""
    wanted = key.encode()
    found = [secrets.compare_digest(one.encode(), wanted) for one in presented(headers, key_header)]
    return any(found)


def require_key(request: HTTPConnection) -> str:
    """The name of the key presented. Raises Problem 401 when none is right."""
    state = request.app.state
    if not is_let_in(request.headers, state.settings.api_key_header, state.key):
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            f"present the key in {state.settings.api_key_header}, or as Bearer, Token or Basic",
            headers={"WWW-Authenticate": 'Bearer realm="foreshock"'},
        )
    return KEY_NAME
