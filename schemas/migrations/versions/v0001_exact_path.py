"""What the exact path from a log line to a counted pattern keeps.

Times of lines are Unix units in integers (minute, hour, milliseconds), as the agents count them.
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
create table epochs (
    topic      text not null,
    partition  integer not null,
    epoch      integer not null,
    cluster_id text not null,
    start      bigint not null,      -- first offset that belongs to this epoch
    reason     text not null,
    opened_at  timestamptz not null default now(),
    primary key (topic, partition, epoch)
);

create table frontiers (             -- every record from first to applied is in batches
    topic     text not null,
    partition integer not null,
    epoch     integer not null,
    first     bigint not null,
    applied   bigint not null,
    primary key (topic, partition, epoch)
);

create table batches (               -- what became of one record, or of a packed run of records
    topic        text not null,
    partition    integer not null,
    epoch        integer not null,
    "offset"     bigint not null,    -- of the record; of the last one in a packed run
    prev_offset  bigint not null,
    records      integer not null default 1,
    arrival      bigint not null,    -- Unix ms, the broker's time of append
    source       text not null collate "C",
    lines        bigint not null,
    stated_lines bigint,             -- what the edge said it had put in
    parsed       bigint not null,
    deduplicated bigint not null,
    dead         bigint not null,
    events       bigint not null,
    expired      boolean not null default false,
    primary key (topic, partition, epoch, "offset")
);
create index batches_by_source on batches (source, topic, partition, epoch, "offset");

create table packed_sums (           -- per source, of the runs that were packed
    topic        text not null,
    partition    integer not null,
    epoch        integer not null,
    source       text not null collate "C",
    lines        bigint not null,
    parsed       bigint not null,
    deduplicated bigint not null,
    dead         bigint not null,
    events       bigint not null,
    primary key (topic, partition, epoch, source)
);

create table ranges (                -- what an edge has sent once counts once
    range     text primary key collate "C",
    applied_at timestamptz not null default now()
);

create table replays (
    dead_id   text primary key collate "C",
    source    text not null,
    parsed    bigint not null,
    applied_at timestamptz not null default now()
);

create table patterns (
    uid      text primary key collate "C",
    template text not null,
    sample   text not null
);

create table pattern_aliases (       -- edges of a set union; the root is the smallest uid
    uid   text not null collate "C",
    other text not null collate "C",
    primary key (uid, other)
);

create table line_times (            -- what is to be said of the times of a source's lines
    source     text primary key collate "C",
    guessed    bigint not null,      -- year, date or zone inferred
    unbelieved bigint not null       -- out of range, so counted at arrival
);

create table pattern_minutes (
    source   text not null collate "C",
    uid      text not null collate "C",
    severity smallint not null,
    minute   integer not null,
    lines    bigint not null,
    events   bigint not null,
    primary key (source, uid, severity, minute)
) with (fillfactor = 80);

create table pattern_hours (
    source  text not null collate "C",
    uid     text not null collate "C",
    host    text not null collate "C",
    service text not null collate "C",
    hour    integer not null,
    lines   bigint not null,
    primary key (source, uid, host, service, hour)
) with (fillfactor = 80);

create table pattern_sightings (     -- where to read a real line of the pattern
    source      text not null collate "C",
    uid         text not null collate "C",
    first_seen  bigint not null,     -- Unix ms
    last_seen   bigint not null,
    topic       text not null,
    partition   integer not null,
    epoch       integer not null,
    "offset"    bigint not null,
    line        integer not null,
    primary key (source, uid)
) with (fillfactor = 80);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(
        "drop table line_times, pattern_sightings, pattern_hours, pattern_minutes,"
        " pattern_aliases, patterns, replays, ranges, packed_sums, batches, frontiers, epochs"
    )
