"""Brings the tables of a database up to the newest revision; safe to call from several at once."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from connectors.stores.refusals import check_version, newer, refusal
from schemas import migrations

_LOCK = 7_203_114  # an advisory lock of ours, so that two starts do not migrate together
_CONNECT_SECONDS = 10
_PATIENCE = "120s"  # for each lock: what holds one for longer goes on with its work


def migrate(database_url: str) -> None:
    """Raises Unavailable when the database does not answer, UserError when it refuses."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")

    def connected() -> psycopg.Connection[tuple[object, ...]]:
        # The client library gets the URL as it is, with all that it understands (hosts, TLS).
        return psycopg.connect(
            database_url, connect_timeout=_CONNECT_SECONDS, prepare_threshold=None
        )

    engine = create_engine("postgresql+psycopg://", creator=connected)
    try:
        with engine.connect() as connection:
            raw = connection.connection.driver_connection
            if isinstance(raw, psycopg.Connection):
                check_version(raw.info.server_version)
            # All in one transaction: behind a transaction pooler the next may be another session.
            connection.execute(text(f"set local lock_timeout = '{_PATIENCE}'"))
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except DBAPIError as error:
        raise refusal(error.orig) from error
    except CommandError as error:
        raise newer(str(error)) from error
    finally:
        engine.dispose()
