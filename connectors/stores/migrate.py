"""Brings the tables of a database up to the newest revision; safe to call from several at once."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from schemas import migrations
from schemas.errors import Unavailable

_LOCK = 7_203_114  # an advisory lock of ours, so that two starts do not migrate together


def migrate(database_url: str) -> None:
    """Raises Unavailable when the database does not answer."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    # The client library gets the URL as it is, with all that it understands (hosts, TLS).
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database_url))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
    except OperationalError as error:
        raise Unavailable("postgres", str(error.orig)) from error
    finally:
        engine.dispose()
