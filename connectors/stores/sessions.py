"""Sessions and their refresh tokens; wrong passwords.

Every time is the database's own, so that several machines agree. Every function takes the
caller's transaction.
"""

import hashlib
import secrets
from enum import StrEnum
from typing import Any, Final, NamedTuple

from psycopg.rows import dict_row

from connectors.stores.postgres import Connection
from schemas.roles import Role
from schemas.users import Session

GRACE_SECONDS: Final = 10  # two tabs may refresh with one token
_KEPT_DAYS: Final = 30  # behind its end, so that a stolen token is still known as one
_FORGOTTEN_SECONDS: Final = 900  # after so long without a wrong password all is forgiven


class Standing(NamedTuple):
    """What a session may, as it is now."""

    user_id: str
    username: str
    role: Role
    role_version: int
    valid: bool


class Turn(StrEnum):
    """What became of a refresh token that was presented."""

    GIVEN = "given"
    UNKNOWN = "unknown"
    ENDED = "ended"
    REUSED = "reused"


class Refreshed(NamedTuple):
    """`token` is "" unless one was given."""

    turn: Turn
    session: str = ""
    user_id: str = ""
    token: str = ""


class Origin(NamedTuple):
    """Whence a login came."""

    address: str
    agent: str


async def begin(connection: Connection, user_id: str, origin: Origin, days: float) -> Refreshed:
    """A new session with its first refresh token, and the user's last login set to now."""
    session, token = secrets.token_hex(16), secrets.token_urlsafe(32)
    await connection.execute(
        "delete from sessions where expires_at < now() - %s * interval '1 day'",
        (_KEPT_DAYS,),
    )
    await connection.execute(
        """insert into sessions (id, user_id, expires_at, address, agent)
           values (%s, %s, now() + %s * interval '1 day', %s, %s)""",
        (session, user_id, days, origin.address, origin.agent.replace("\x00", "␀")[:300]),
    )
    await connection.execute(
        "insert into refresh_tokens (hash, session_id) values (%s, %s)", (_hash(token), session)
    )
    await connection.execute("update users set last_login_at = now() where id = %s", (user_id,))
    return Refreshed(Turn.GIVEN, session, user_id, token)


_PRESENTED: Final = """
select t.session_id, s.user_id, t.seed, t.replaced_at is not null as replaced,
       coalesce(t.replaced_at > now() - %s * interval '1 second', false) as lately,
       s.ended_at is not null as ended,
       s.expires_at < now() or u.disabled as over
from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
where t.hash = %s for update of t, s
"""


async def refresh(connection: Connection, token: str, days: float) -> Refreshed:
    """Takes a refresh token and gives the next one.

    The same token again gives the same next one for GRACE_SECONDS; later it is a stolen one, or
    its thief has used it before: then the whole session ends.
    """
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(_PRESENTED, (GRACE_SECONDS, _hash(token)))
    row = await cursor.fetchone()
    if row is None:
        return Refreshed(Turn.UNKNOWN)
    session, user_id = str(row["session_id"]), str(row["user_id"])
    if row["ended"]:
        return Refreshed(Turn.ENDED, session, user_id)
    if row["replaced"] and not (row["lately"] and row["seed"]):
        await end(connection, user_id, session, "reused")
        return Refreshed(Turn.REUSED, session, user_id)
    if row["over"]:
        return Refreshed(Turn.ENDED, session, user_id)
    seed = row["seed"] if row["replaced"] else secrets.token_bytes(32)
    following = next_token(token, seed)
    if not row["replaced"]:
        await _replace(connection, session, token, following, seed, days)
    return Refreshed(Turn.GIVEN, session, user_id, following)


async def _replace(
    connection: Connection, session: str, token: str, following: str, seed: bytes, days: float
) -> None:
    await connection.execute(
        "update refresh_tokens set seed = null where session_id = %s and seed is not null"
        " and replaced_at < now() - %s * interval '1 second'",
        (session, GRACE_SECONDS),
    )
    await connection.execute(
        "update refresh_tokens set replaced_at = now(), seed = %s where hash = %s",
        (seed, _hash(token)),
    )
    await connection.execute(
        "insert into refresh_tokens (hash, session_id) values (%s, %s)", (_hash(following), session)
    )
    await connection.execute(
        "update sessions set last_used_at = now(), expires_at = now() + %s * interval '1 day'"
        " where id = %s",
        (days, session),
    )


async def standing(connection: Connection, session: str) -> Standing | None:
    """Whose session it is and whether it is still good; None for one that never was."""
    asked = """select u.id, u.username, u.role, u.role_version,
                      s.ended_at is null and s.expires_at > now() and not u.disabled
               from sessions s join users u on u.id = s.user_id where s.id = %s"""
    row = await (await connection.execute(asked, (session,))).fetchone()
    return Standing(row[0], row[1], Role(row[2]), row[3], row[4]) if row else None


async def end(connection: Connection, user_id: str, session: str, why: str) -> bool:
    """Ends one session of a user; whether there was one to end."""
    cursor = await connection.execute(
        "update sessions set ended_at = now(), ended_why = %s"
        " where id = %s and user_id = %s and ended_at is null",
        (why, session, user_id),
    )
    return cursor.rowcount > 0


async def end_all(connection: Connection, user_id: str, why: str, besides: str = "") -> None:
    """Ends the sessions of a user, but for one."""
    await connection.execute(
        "update sessions set ended_at = now(), ended_why = %s"
        " where user_id = %s and ended_at is null and id <> %s",
        (why, user_id, besides),
    )


async def listed(connection: Connection, user_id: str, current: str) -> list[Session]:
    """Those that are good, the last used first."""
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(
        """select id, created_at, last_used_at, expires_at, address, agent, id = %s as current
           from sessions where user_id = %s and ended_at is null and expires_at > now()
           order by last_used_at desc, id limit 1000""",
        (current, user_id),
    )
    return [Session(**row) for row in await cursor.fetchall()]


async def failures(connection: Connection, account: str, address: str) -> tuple[int, float]:
    """How many wrong passwords in a row, and how many seconds ago the last was."""
    asked = """select failures, extract(epoch from now() - last_at) from login_failures
               where account = %s and address = %s and last_at > now() - %s * interval '1 second'"""
    given = (_account(account), address, _FORGOTTEN_SECONDS)
    row = await (await connection.execute(asked, given)).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)


async def add_failure(connection: Connection, account: str, address: str) -> None:
    """One more wrong password."""
    given: dict[str, Any] = {
        "account": _account(account),
        "address": address,
        "long": _FORGOTTEN_SECONDS,
    }
    await connection.execute(
        "delete from login_failures where last_at < now() - %(long)s * interval '1 second'", given
    )
    await connection.execute(
        """insert into login_failures as f (account, address, failures, last_at)
           values (%(account)s, %(address)s, 1, now()) on conflict (account, address)
           do update set failures = f.failures + 1, last_at = now()""",
        given,
    )


async def forget_failures(connection: Connection, account: str, address: str) -> None:
    """After a right password."""
    await connection.execute(
        "delete from login_failures where account = %s and address = %s",
        (_account(account), address),
    )


def next_token(token: str, seed: bytes) -> str:
    """What follows a refresh token. Who has the token only, or the table only, cannot know it."""
    return hashlib.sha256(token.encode() + seed).hexdigest()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _account(username: str) -> bytes:
    return hashlib.sha256(username.lower().encode()).digest()
