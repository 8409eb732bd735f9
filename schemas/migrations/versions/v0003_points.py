"""The books of metric points."""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the tables."""


def downgrade() -> None:
    """Drops the tables."""
