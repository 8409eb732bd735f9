"""Metric history in Postgres, and which back end keeps the history.

Times are Unix ms (UTC). The three tables of values have one partition a day, made when its first
point is written; a bucket never reaches into another day.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = """
create table history_back_end (      -- one row: where the points of this installation are
    only_one  boolean primary key default true check (only_one),
    name      text not null,
    since     timestamptz not null default now()
);

create table metric_series (
    id        bigint primary key,    -- a hash of both names
    host      text not null collate "C",
    metric    text not null collate "C",
    unique (host, metric)
);

create table metric_points (
    series    bigint not null,
    time_ms   bigint not null,
    value     double precision not null,
    "offset"  bigint not null,       -- where the record lies that has won
    partition integer not null,
    index     integer not null,      -- within that record
    primary key (series, time_ms)
) partition by range (time_ms);

create table metric_five_minutes (
    series    bigint not null,
    start_ms  bigint not null,
    count     bigint not null,
    sum       double precision not null,
    min       double precision not null,
    max       double precision not null,
    last      double precision not null,
    primary key (series, start_ms)
) partition by range (start_ms);

create table metric_hours (
    series    bigint not null,
    start_ms  bigint not null,
    count     bigint not null,
    sum       double precision not null,
    min       double precision not null,
    max       double precision not null,
    last      double precision not null,
    primary key (series, start_ms)
) partition by range (start_ms);
"""


def upgrade() -> None:
    """Creates the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops the tables with all points."""
    op.execute(
        "drop table metric_hours, metric_five_minutes, metric_points, metric_series,"
        " history_back_end"
    )
