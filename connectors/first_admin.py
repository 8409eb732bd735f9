"""The first admin: made where there is no user yet, by whoever comes first.

Without BOOTSTRAP_ADMIN_PASSWORD a password is made; it lies in a file of the data directory, its
owner's alone, until it is changed.
"""

import asyncio
import secrets
import uuid
from pathlib import Path
from typing import Final

import psycopg
from pydantic import BaseModel, ValidationError

from connectors.embedded.atomic import write_private
from connectors.passwords import hash_password
from connectors.stores import audit, users
from connectors.stores.postgres import Connection
from connectors.stores.refusals import refusal
from schemas.errors import UserError
from schemas.roles import Role
from schemas.settings import Settings

_ACTOR: Final = audit.Actor("bootstrap", "bootstrap", "nobody")
_CONNECT_SECONDS: Final = 10


class FirstLogin(BaseModel):
    """What the file holds, as JSON."""

    username: str
    password: str


def login_file(data_dir: Path) -> Path:
    """Where a password that was made lies."""
    return data_dir.resolve() / "admin.login.json"


def first_login(data_dir: Path) -> FirstLogin | None:
    """The login that was made here, unless its password was changed since."""
    try:
        return FirstLogin.model_validate_json(login_file(data_dir).read_bytes())
    except (OSError, ValidationError):
        return None  # nothing to show: it was changed, is another user's, or was never made


def forget_login(data_dir: Path, username: str) -> None:
    """After this user's password was changed the file, if it is about this user, is wrong."""
    login = first_login(data_dir)
    if login and login.username.lower() == username.lower():
        login_file(data_dir).unlink(missing_ok=True)


async def ensure_first_admin(connection: Connection, settings: Settings) -> bool:
    """Makes the first admin in the caller's transaction; whether one was made.

    Raises UserError when the password can be kept nowhere.
    """
    if await users.count(connection) or not await users.lock_first(connection):
        return False
    given = settings.bootstrap_admin_password.get_secret_value()
    password = given or secrets.token_urlsafe(15)
    name = settings.bootstrap_admin_username
    fields = {"username": name, "name": "", "role": Role.ADMIN.value}
    fields |= {"email": settings.bootstrap_admin_email}
    hashed = await asyncio.to_thread(hash_password, password)
    made = await users.add(connection, uuid.uuid4().hex, {**fields, "password": hashed})
    await audit.add(connection, _ACTOR, "users.create", f"users/{made.id}", after=fields)
    if not given:
        _keep(settings.data_dir, FirstLogin(username=name, password=password))
    return True


def _keep(data_dir: Path, login: FirstLogin) -> None:
    """Before the transaction ends: a file without its user is made anew, a user without it lost."""
    file = login_file(data_dir)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, login.model_dump_json(indent=2) + "\n")
    except OSError as error:
        remedy = "set BOOTSTRAP_ADMIN_PASSWORD, or make the directory writable"
        raise UserError(f"{file}: {error}", remedy) from error


async def first_admin_at_start(settings: Settings) -> None:
    """The same on a connection of its own.

    Raises Unavailable when the database does not answer, UserError also when it refuses.
    """
    url = settings.database_url.get_secret_value()
    try:
        async with await psycopg.AsyncConnection.connect(
            url, prepare_threshold=None, connect_timeout=_CONNECT_SECONDS
        ) as connection:
            await ensure_first_admin(connection, settings)
    except psycopg.Error as error:
        raise refusal(error) from error
