"""Signals as they were published, and what lists and the dashboard ask for all the time.

Of what is older than this revision the tables are filled from what is there.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
create table signals (               -- the newest version of each
    id           text primary key collate "C",
    version      integer not null,
    kind         text not null,
    scope        text not null collate "C",
    active       boolean not null,
    strength     text not null,      -- warning, paging
    score        double precision not null,
    host         text not null collate "C",
    service      text not null,
    source       text not null collate "C",
    metric       text not null collate "C",
    pattern      text not null collate "C",
    severity     smallint not null,  -- of lines, 0: not about lines
    onset        timestamptz not null,
    at           timestamptz not null,
    value        double precision,
    unit         text not null,
    mean         double precision,
    std          double precision,
    low          double precision,
    high         double precision,
    reason       text not null,
    demo         boolean not null,
    document     jsonb not null,
    -- Of all versions the one that was farthest from the baseline while it lasted:
    peak_version integer,
    peak_at      timestamptz,
    peak_value   double precision,
    peak_off     double precision
) with (fillfactor = 80);
create index signals_by_peak on signals (kind, (coalesce(peak_at, at)) desc, id);
create index signals_by_host on signals (host, kind, (coalesce(peak_at, at)) desc);
create index signals_by_news on signals (at);
create index signals_active on signals (kind, scope) where active;

create table signals_removed (       -- on purpose; what still comes of them is not stored
    id         text primary key collate "C",
    removed_at timestamptz not null default now()
);

create table signal_frontiers (      -- the last record of the topic that was decided
    partition integer primary key,
    "offset"  bigint not null,
    stamp     bigint not null
);

create table last_points (           -- the newest point of each series, in either history
    host    text not null collate "C",
    metric  text not null collate "C",
    time_ms bigint not null,
    value   double precision not null,
    primary key (host, metric)
) with (fillfactor = 70);

alter table point_hosts              -- when points of the host last came, Unix ms
    add column seen_ms bigint not null default 0,
    add column live boolean not null default false;  -- false: all were imported

create table line_hosts (            -- who has sent lines of a host, and when they last came
    source  text not null collate "C",
    host    text not null collate "C",
    service text not null collate "C",
    seen_ms bigint not null,
    live    boolean not null,
    primary key (host, source, service)
) with (fillfactor = 70);

create table line_minutes (          -- pattern_minutes without their patterns
    minute   integer not null,
    source   text not null collate "C",
    severity smallint not null,
    lines    bigint not null,
    events   bigint not null,
    primary key (minute, source, severity)
) with (fillfactor = 80);

create index alerts_by_first_seen on alerts (first_seen);
create index alerts_of_host on alerts (host, first_seen);
create index pattern_sightings_by_first_seen on pattern_sightings (first_seen);
"""
PAST = """
insert into line_minutes (minute, source, severity, lines, events)
select minute, source, severity, sum(lines), sum(events) from pattern_minutes group by 1, 2, 3;

insert into line_hosts (source, host, service, seen_ms, live)
select source, host, service,
       least((max(hour) + 1)::bigint * 3600000, floor(extract(epoch from now()) * 1000)), true
from pattern_hours where host <> '' group by 1, 2, 3;

insert into last_points (host, metric, time_ms, value)
select s.host, s.metric, newest.time_ms, newest.value from metric_series s
cross join lateral (
    select time_ms, value from metric_points where series = s.id order by time_ms desc limit 1
) as newest;

update point_hosts p set live = true, seen_ms = newest.time_ms
from (select host, max(time_ms) as time_ms from last_points group by host) as newest
where newest.host = p.host;
"""


def upgrade() -> None:
    """Creates tables and indexes, and fills them."""
    op.execute(TABLES)
    op.execute(PAST)


def downgrade() -> None:
    """Drops them."""
    op.execute("drop index pattern_sightings_by_first_seen, alerts_of_host, alerts_by_first_seen")
    op.execute("drop table line_minutes, line_hosts, last_points")
    op.execute("alter table point_hosts drop column seen_ms, drop column live")
    op.execute("drop table signal_frontiers, signals_removed, signals")
