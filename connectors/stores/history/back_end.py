"""Where the points of this installation are: one row, written at the first start.

Two processes must never keep points in different places, so each write reads the row, and whoever
moves the history holds it until all is moved.
"""

from typing import Final

from connectors.stores.postgres import Connection
from schemas.errors import UserError
from schemas.settings import Settings

POSTGRES: Final = "postgres"
INFLUXDB: Final = "influxdb"


def configured(settings: Settings) -> str:
    """The back end that these settings ask for; they have the addresses of what runs. Pure."""
    return INFLUXDB if settings.influxdb_enabled and settings.influxdb_url else POSTGRES


async def record(connection: Connection, name: str) -> str:
    """Records the back end of the first start; returns the one that is recorded."""
    await connection.execute(
        "insert into history_back_end (name) values (%s) on conflict do nothing", (name,)
    )
    return await _read(connection, "select name from history_back_end") or name


async def confirm(connection: Connection, name: str) -> None:
    """Holds the record until the transaction ends. Raises UserError when it names another one."""
    found = await _read(connection, "select name from history_back_end for share")
    if found != name:
        raise mismatch(recorded=found or "nowhere", wanted=name)


async def hold(connection: Connection) -> str | None:
    """The recorded back end; until the transaction ends, nobody writes points."""
    return await _read(connection, "select name from history_back_end for update")


async def change(connection: Connection, name: str, leftover: str) -> None:
    """Records another back end, and in which one points are left to be deleted ("": in none); the
    caller holds the record.
    """
    await connection.execute(
        "update history_back_end set name = %s, since = now(), leftover = %s", (name, leftover)
    )


async def leftover(connection: Connection) -> str:
    """The back end in which points of an earlier move are left, "" when there is none."""
    return await _read(connection, "select leftover from history_back_end") or ""


async def forget_leftover(connection: Connection) -> None:
    """They are deleted now."""
    await connection.execute("update history_back_end set leftover = ''")


def mismatch(*, recorded: str, wanted: str) -> UserError:
    """What a person is told who starts with another back end than the recorded one."""
    remedy = "run `foreshock history move` to bring it there, or set INFLUXDB_ENABLED=false to stay"
    if recorded == INFLUXDB:
        remedy = (
            "set INFLUXDB_URL and INFLUXDB_TOKEN, or INFLUXD_BINARY, as before, or put the influxd"
            " back on PATH;"
            " to leave InfluxDB, set INFLUXDB_ENABLED=false, too, and run `foreshock history move`"
        )
    return UserError(f"the metric history is in {recorded}, the settings ask for {wanted}", remedy)


async def _read(connection: Connection, statement: str) -> str | None:
    row = await (await connection.execute(statement.encode())).fetchone()
    return str(row[0]) if row else None
