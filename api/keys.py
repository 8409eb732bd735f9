"""The key that lets senders in: made at first start, presented in one of four ways, never logged.

A header of its own (X-API-Key), `Authorization: Bearer KEY`, `Token KEY` (InfluxDB's clients), or
`Basic` with the key as password and any user (senders that know nothing else).
"""

import base64
import binascii
import os
import secrets
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import Request

from api.problems import Problem
from connectors.instance import key_file
from schemas.errors import UserError
from schemas.settings import Settings

# The first key's name: what its senders are called that do not name themselves.
KEY_NAME: Final = "webhooks"


def key_of(settings: Settings) -> str:
    """The key in force: the setting, else the file's, which is made when there is none.

    Raises UserError when the file cannot be read or made.
    """
    if key := settings.api_key.get_secret_value():
        return key
    file = key_file(settings.data_dir)
    try:
        if not file.exists():
            _make(file)
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: {error}", "set API_KEY, or make the file readable") from error
    if not key:
        raise UserError(f"{file} is empty", "delete it, and a new key is made")
    return key


def _make(file: Path) -> None:
    """Whole or absent, its owner's alone; of several processes that make one, the first wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(secrets.token_urlsafe(32) + "\n")
    try:
        os.link(fresh, file)
    except FileExistsError:
        return
    finally:
        fresh.unlink()


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


def require_key(request: Request) -> str:
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
