"""A lost password: whoever may read the instance's directory may set a new one for anybody.

For when nobody can log in any more; whoever can, changes passwords in the workspace.
"""

import asyncio
import secrets
from typing import Final

import psycopg

from connectors.first_admin import forget_login
from connectors.passwords import hash_password
from connectors.stores import audit, sessions, users
from connectors.stores.postgres import Connection
from schemas.errors import Unavailable, UserError
from schemas.filters import Filter
from schemas.settings import Settings

_ACTOR: Final = audit.Actor("command", "the command line", "nobody")
_NAMED: Final = 10  # users in a remedy


async def replace_password(settings: Settings, username: str) -> str:
    """Sets and returns a new password; every session of the user ends, and the audit log tells it.

    Raises UserError where there is no such user, and Unavailable.
    """
    password = secrets.token_urlsafe(15)
    url = settings.database_url.get_secret_value()
    try:
        async with await psycopg.AsyncConnection.connect(
            url, prepare_threshold=None, connect_timeout=10
        ) as connection:
            found = await users.credentials(connection, username)
            if found is None:
                raise await _unknown(connection, username)
            user, _ = found
            hashed = await asyncio.to_thread(hash_password, password)
            await users.set_password(connection, user.id, hashed)
            await sessions.end_all(connection, user.id, "password")
            new = {"username": user.username, "password": "new"}
            await audit.add(connection, _ACTOR, "users.update", f"users/{user.id}", after=new)
    except psycopg.OperationalError as error:
        raise Unavailable("postgres", str(error).strip()) from error
    forget_login(settings.data_dir, username)
    return password


async def _unknown(connection: Connection, username: str) -> UserError:
    known, total = await users.listed(connection, Filter(), "", _NAMED)
    names = ", ".join(user.username for user in known)
    more = f" and {total - len(known)} more" if total > len(known) else ""
    return UserError(f"{username}: no such user", f"the users are {names}{more}")
