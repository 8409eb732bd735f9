"""How old ranges are, so that those that no edge sends again are found without reading the rest."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Creates the index: rows lie in the order of their time, so it is a few KiB."""
    op.execute("create index ranges_applied_at on ranges using brin (applied_at)")


def downgrade() -> None:
    """Drops it."""
    op.execute("drop index ranges_applied_at")
