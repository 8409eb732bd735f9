"""What the pages of sources, dead letters and uploads read."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = """
create table source_sums (           -- the books of each source, added up as its rows are written
    source        text not null collate "C",
    kind          text not null,     -- lines, points
    accepted      bigint not null,
    stored        bigint not null,
    deduplicated  bigint not null,
    dead          bigint not null,
    last_arrival  bigint,            -- Unix ms
    minute        integer not null,  -- the newest minute of arrival, Unix time / 60
    in_minute     bigint not null,   -- accepted in it
    in_minute_before bigint not null,
    primary key (source, kind)
) with (fillfactor = 50);

insert into source_sums
select source, 'lines', sum(lines), sum(parsed), sum(deduplicated), sum(dead), max(arrival),
       coalesce(max(arrival) / 60000, 0), 0, 0
from (
    select source, lines, parsed, deduplicated, dead, arrival from batches
    where records = 1 and not expired
    union all
    select source, lines, parsed, deduplicated, dead, null from packed_sums
    union all
    select source, -lines, -parsed, -deduplicated, -dead, null from removed_sums
) as rows group by source having sum(lines) <> 0;

insert into source_sums
select source, 'points', sum(points), sum(stored), sum(deduplicated), sum(dead), max(arrival),
       coalesce(max(arrival) / 60000, 0), 0, 0
from (
    select source, points, stored, deduplicated, dead, arrival from point_batches
    where records = 1 and not expired
    union all
    select source, points, stored, deduplicated, dead, null from packed_point_sums
    union all
    select source, -points, -stored, -deduplicated, -dead, null from removed_point_sums
) as rows group by source having sum(points) <> 0;

create table purged_letters (        -- of the topic dlq, what nobody is shown any more
    partition integer not null,
    "offset"  bigint not null,
    stamp     bigint not null,       -- Unix ms of the record: the topic may be made anew
    purged_at timestamptz not null default now(),
    primary key (partition, "offset", stamp)
);

create table uploads (               -- files that people send, in pieces
    id          text primary key collate "C",
    name        text not null,
    source      text not null,
    size        bigint,              -- of the file as it is sent; null: not said
    state       text not null,       -- open, complete, failed
    reason      text not null default '',
    compression text,                -- null: too few bytes to tell
    received    bigint not null default 0,   -- bytes of the file whose effects are here
    whole       boolean not null default true,  -- no compressed stream is under way
    taken       bigint not null default 0,   -- decompressed bytes whose lines are sent
    lines       bigint not null default 0,
    long_bytes  bigint not null default 0,   -- of a line too long to keep, beyond its head
    carry       bytea not null default '',   -- what follows taken: no whole portion yet
    unsettled   text[] not null default '{}', -- ranges not yet known to be in Postgres
    created_by  text not null,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);
create index uploads_by_time on uploads (created_at desc, id desc);
"""


def upgrade() -> None:
    """Creates the tables; the sums begin with what the books say."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops them."""
    op.execute("drop table uploads, purged_letters, source_sums")
