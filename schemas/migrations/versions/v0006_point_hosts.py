"""Which source has measured which host, and the points that were removed on purpose."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
create table point_hosts (           -- points name their host only; this says who sent them
    source       text not null collate "C",
    host         text not null collate "C",
    primary key (source, host)
);

create table removed_point_sums (    -- of a source's rows, those whose points were deleted
    source       text primary key collate "C",
    points       bigint not null,
    stored       bigint not null,
    deduplicated bigint not null,
    dead         bigint not null,
    removed_at   timestamptz not null default now()
);
"""


def upgrade() -> None:
    """Creates the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops them."""
    op.execute("drop table removed_point_sums, point_hosts")
