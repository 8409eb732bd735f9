"""Alerts and their history.

`document` is the published record; what lists sort and filter by stands beside it.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
create table alerts (                -- the newest version of each
    id          text primary key collate "C",
    fingerprint text not null collate "C",
    version     integer not null,
    state       text not null,
    severity    smallint not null,   -- 0 is the worst
    source      text not null,
    host        text not null,
    first_seen  timestamptz not null,
    last_seen   timestamptz not null,
    demo        boolean not null,
    document    jsonb not null
) with (fillfactor = 80);
create index alerts_open on alerts (severity, first_seen desc)
    where state in ('pending', 'firing');
create index alerts_by_fingerprint on alerts (fingerprint, first_seen);

create table alert_events (          -- every version, once; and the record that it came in
    id        text not null collate "C",
    version   integer not null,
    partition integer not null,
    "offset"  bigint not null,
    stamp     bigint not null,       -- Unix ms of the record
    document  jsonb not null,
    primary key (id, version)
);

create table alert_strays (          -- records of the topic that stored no version
    partition integer not null,
    "offset"  bigint not null,
    stamp     bigint not null,
    kind      text not null,         -- repeat, dead
    primary key (partition, "offset", stamp)
);

create table alerts_removed (        -- on purpose; what still comes of them is not stored
    id text primary key collate "C"
);

create table alert_frontiers (       -- the last record of the topic that was decided
    partition integer primary key,
    "offset"  bigint not null,
    stamp     bigint not null
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("drop table alert_frontiers, alerts_removed, alert_strays, alert_events, alerts")
