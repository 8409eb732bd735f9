"""Tickets that open one live connection each."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
create table live_tickets (
    digest       bytea primary key,  -- SHA-256: who reads the table can open nothing
    session      text not null,
    expires_at   timestamptz not null
);
create index on live_tickets (expires_at);
"""


def upgrade() -> None:
    """Creates the table."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops it."""
    op.execute("drop table live_tickets")
