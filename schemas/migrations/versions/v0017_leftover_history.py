"""In which back end a move has left points that are still to be deleted."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Adds the column; what moves before this one left is not known."""
    op.execute("alter table history_back_end add column leftover text not null default ''")


def downgrade() -> None:
    """Drops it."""
    op.execute("alter table history_back_end drop column leftover")
