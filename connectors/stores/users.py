"""Users: read, made, changed, deleted. One enabled admin always remains.

Every function takes the caller's transaction.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import errors
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Identifier, Placeholder

from connectors.stores.filtering import Column, where
from connectors.stores.postgres import Connection
from schemas.filter_values import flag
from schemas.filters import Filter
from schemas.roles import Role
from schemas.users import User

_LOCK: Final = 7_203_118  # of who makes the first user, so that two starts make one
_COLUMNS: Final = SQL(
    "id, username, name, email, role, disabled, created_at, last_login_at, version"
)
_ONE: Final = SQL("select {} from users where id = %s")
_LISTED: Final = SQL(
    """select {} from users where {} and lower(username) collate "C" > %(after)s
       order by lower(username) collate "C" limit %(limit)s"""
)
_MATCHING: Final = SQL("select count(*) from users where {}")
_FIELDS: Final = {
    "role": Column(
        "array_position(array['viewer', 'analyst', 'operator', 'admin'], role)",
        lambda word: Role(word).rank + 1,
    ),
    "disabled": Column("disabled", flag),
}
_SENSITIVE: Final = frozenset({"role", "disabled"})  # tokens made before their change are refused


class LastAdminError(Exception):
    """Nobody could administer any more."""


class TakenError(Exception):
    """Another user has this name."""


async def find(connection: Connection, user_id: str) -> User | None:
    """One user."""
    rows = await _rows(connection, _ONE, (user_id,))
    return User(**rows[0]) if rows else None


async def find_for_change(connection: Connection, user_id: str) -> User | None:
    """One user, whom nobody else changes before this transaction ends.

    All enabled admins are locked first, in one order: so two who demote each other do not wait in
    a circle, and the second sees what the first did.
    """
    await connection.execute(
        "select id from users where role = 'admin' and not disabled order by id for update"
    )
    asked = SQL("select {} from users where id = %s for update")
    rows = await _rows(connection, asked, (user_id,))
    return User(**rows[0]) if rows else None


async def credentials(connection: Connection, username: str) -> tuple[User, str] | None:
    """The user of a name, in any case, and the hash of the password."""
    asked = SQL("select {}, password from users where lower(username) = lower(%s)")
    rows = await _rows(connection, asked, (username.replace("\x00", "␀"),))
    return _with_hash(rows)


async def credentials_of(connection: Connection, user_id: str) -> tuple[User, str] | None:
    """The same by id, changed by nobody before this transaction ends."""
    asked = SQL("select {}, password from users where id = %s for update")
    return _with_hash(await _rows(connection, asked, (user_id,)))


async def listed(
    connection: Connection, asked: Filter, after: str, limit: int
) -> tuple[list[User], int]:
    """Those that match, by username behind `after`; and how many match in all."""
    made = where(asked, _FIELDS, ("username", "name", "email"))
    bound = {**made.bound, "after": after, "limit": limit}
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(_LISTED.format(_COLUMNS, made.sql), bound)
    found = [User(**row) for row in await cursor.fetchall()]
    total = await connection.execute(_MATCHING.format(made.sql), made.bound)
    row = await total.fetchone()
    return found, int(row[0]) if row else 0


async def count(connection: Connection) -> int:
    """How many there are."""
    row = await (await connection.execute("select count(*) from users")).fetchone()
    return int(row[0]) if row else 0


async def add(connection: Connection, user_id: str, fields: Mapping[str, Any]) -> User:
    """A new user of `fields`: username, name, email, role, password (a hash). Raises TakenError."""
    asked = SQL(
        """insert into users (id, username, name, email, role, password)
           values (%(id)s, %(username)s, %(name)s, %(email)s, %(role)s, %(password)s)
           returning {}"""
    )
    try:
        rows = await _rows(connection, asked, {**fields, "id": user_id})
    except errors.UniqueViolation as error:
        raise TakenError(fields["username"]) from error
    return User(**rows[0])


async def change(connection: Connection, user: User, fields: Mapping[str, Any]) -> User:
    """The user, found for change, with some of name, email, role, disabled, password (a hash).

    Raises LastAdminError.
    """
    if user.role is Role.ADMIN and not user.disabled:
        demoted = fields.get("role", Role.ADMIN) != Role.ADMIN
        if demoted or fields.get("disabled"):
            await _another_admin(connection, user)
    bites = any(fields.get(name, getattr(user, name)) != getattr(user, name) for name in _SENSITIVE)
    steps: list[Composable] = [
        SQL("version = version + 1, role_version = role_version + %(bites)s")
    ]
    steps += [SQL("{} = {}").format(Identifier(n), Placeholder(n)) for n in sorted(fields)]
    await connection.execute(
        SQL("update users set {} where id = %(id)s").format(SQL(", ").join(steps)),
        {**fields, "id": user.id, "bites": int(bites or "password" in fields)},
    )
    rows = await _rows(connection, _ONE, (user.id,))
    return User(**rows[0])


async def remove(connection: Connection, user: User) -> None:
    """Deletes the user, found for change, and every session. Raises LastAdminError."""
    if user.role is Role.ADMIN and not user.disabled:
        await _another_admin(connection, user)
    await connection.execute("delete from users where id = %s", (user.id,))


async def set_password(connection: Connection, user_id: str, hashed: str) -> None:
    """Keeps a new hash; which sessions end is the caller's affair."""
    await connection.execute("update users set password = %s where id = %s", (hashed, user_id))


async def preferences(connection: Connection, user_id: str) -> dict[str, Any]:
    """What the user's clients keep here."""
    asked = "select preferences from users where id = %s"
    row = await (await connection.execute(asked, (user_id,))).fetchone()
    return dict(row[0]) if row else {}


async def set_preferences(connection: Connection, user_id: str, document: dict[str, Any]) -> None:
    """Replaces them."""
    await connection.execute(
        "update users set preferences = %s::jsonb where id = %s", (json.dumps(document), user_id)
    )


async def lock_first(connection: Connection) -> bool:
    """Whether there is no user yet; until the transaction ends nobody else finds that."""
    await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    return await count(connection) == 0


async def _another_admin(connection: Connection, user: User) -> None:
    asked = "select 1 from users where role = 'admin' and not disabled and id <> %s limit 1"
    if not await (await connection.execute(asked, (user.id,))).fetchone():
        raise LastAdminError(user.username)


def _with_hash(rows: list[dict[str, Any]]) -> tuple[User, str] | None:
    if not rows:
        return None
    hashed = str(rows[0].pop("password"))
    return User(**rows[0]), hashed


async def _rows(
    connection: Connection, asked: SQL, given: Sequence[object] | Mapping[str, object]
) -> list[dict[str, Any]]:
    """`asked` has a place for the columns."""
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(asked.format(_COLUMNS), given)
    return await cursor.fetchall()
