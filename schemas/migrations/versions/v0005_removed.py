"""What was removed on purpose, so that the books balance without it."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
create table removed_sums (          -- of a source's rows, those whose counts were deleted
    source       text primary key collate "C",
    lines        bigint not null,
    parsed       bigint not null,
    deduplicated bigint not null,
    dead         bigint not null,
    removed_at   timestamptz not null default now()
);
"""


def upgrade() -> None:
    """Creates the table."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops it."""
    op.execute("drop table removed_sums")
