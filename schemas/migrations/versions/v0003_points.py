"""The books of metric points."""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = """
create table point_batches (         -- what became of one record of points, or of a packed run
    topic         text not null,
    partition     integer not null,
    epoch         integer not null,
    "offset"      bigint not null,   -- of the record; of the last one in a packed run
    prev_offset   bigint not null,
    records       integer not null default 1,
    arrival       bigint not null,   -- Unix ms, the broker's time of append
    source        text not null collate "C",
    points        bigint not null,
    stated_points bigint,            -- what the edge said it had put in
    stored        bigint not null,   -- points that gave a series a new time
    deduplicated  bigint not null,   -- of which another with the same series and time remains
    dead          bigint not null,
    expired       boolean not null default false,
    primary key (topic, partition, epoch, "offset")
);

create table packed_point_sums (     -- per source, of the runs that were packed
    topic        text not null,
    partition    integer not null,
    epoch        integer not null,
    source       text not null collate "C",
    points       bigint not null,
    stored       bigint not null,
    deduplicated bigint not null,
    dead         bigint not null,
    primary key (topic, partition, epoch, source)
);

create view chained as               -- the rows of every chain, whatever they count
select topic, partition, epoch, "offset", prev_offset, arrival, expired from batches
union all
select topic, partition, epoch, "offset", prev_offset, arrival, expired from point_batches;
"""


def upgrade() -> None:
    """Creates the tables, and the view that frontiers and epochs are worked out from."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops them."""
    op.execute("drop view chained")
    op.execute("drop table packed_point_sums, point_batches")
