"""Tickets that open one live connection each."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = """
create table live_tickets (
    digest       bytea primary key,  -- SHA-256: who reads the table can open nothing
    user_id      text not null,
    session      text not null,
    role_version integer not null,   -- rights that have changed since open nothing
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
