"""Which back end is recorded, asked before anything runs: the tables need not be there yet."""

from connectors.stores.postgres import connect
from schemas.settings import Settings


def recorded(settings: Settings) -> str | None:
    """The back end that DATABASE_URL names; None before the first start. Raises Unavailable."""
    with connect(settings) as connection:
        found = connection.execute("select to_regclass('history_back_end')").fetchone()
        if not found or found[0] is None:
            return None
        row = connection.execute("select name from history_back_end").fetchone()
        return str(row[0]) if row else None
