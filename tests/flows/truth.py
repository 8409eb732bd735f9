"""What Postgres says was counted, in plain SQL, independent of the product's own queries."""

import psycopg

from schemas.settings import Settings


def counted(settings: Settings) -> dict[str, int]:
    """Lines counted by source."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        rows = connection.execute(
            "select source, sum(lines)::bigint from pattern_minutes group by source"
        ).fetchall()
    return dict(rows)


def execute(settings: Settings, statement: str) -> int:
    """Tamper with the books; returns the rows that were changed."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        return connection.execute(statement.encode()).rowcount
