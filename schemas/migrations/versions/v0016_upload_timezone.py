"""In which time zone the times of an upload are that name none."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Adds the column; of older uploads nothing is known."""
    op.execute("alter table uploads add column timezone text not null default ''")


def downgrade() -> None:
    """Drops it."""
    op.execute("alter table uploads drop column timezone")
