"""What a person is told when the database takes us in but not our tables. Pure."""

from typing import Final

import psycopg
from psycopg import errors

from schemas.errors import Unavailable, UserError

OLDEST: Final = 14  # those before it have long had no fixes
_PART: Final = 10_000  # 140008 is 14.8


def check_version(server: int) -> None:
    """Takes the number that the server calls itself. Raises UserError when it is too old."""
    if server < OLDEST * _PART:
        raise UserError(
            f"DATABASE_URL: the server is PostgreSQL {server // _PART}",
            f"name one of version {OLDEST} or newer",
        )


def refusal(error: BaseException | None) -> UserError | Unavailable:
    """What an error of the client library means to whoever starts."""
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, errors.InsufficientPrivilege):
        return UserError(
            f"DATABASE_URL: its user may not make our tables: {said}",
            "as the database's owner: GRANT CREATE, USAGE ON SCHEMA public TO that user; tables"
            " that are there already must belong to it",
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return UserError(
            f"DATABASE_URL: the server only reads: {said}", "name the primary, not a replica"
        )
    if isinstance(error, errors.LockNotAvailable):
        return UserError(
            f"DATABASE_URL: something else holds the tables: {said}",
            "stop the other Foreshock processes of this database, or wait for them; start again",
        )
    if isinstance(error, psycopg.OperationalError):
        return Unavailable("postgres", said)
    return UserError(
        f"DATABASE_URL: the tables cannot be made: {said}",
        "give Foreshock a database of its own, in which it may do everything",
    )


def newer(said: str) -> UserError:
    """Of a database with revisions that this version does not have."""
    return UserError(
        f"DATABASE_URL: a newer version of Foreshock has made the tables: {said}",
        "start that version or a newer one, or name another database",
    )
