"""Where lines of a time are to be read, and patterns by time and alerts by the words of titles."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES = """
alter table batches                  -- minutes of the record's first and last line, by their times
    add column first_minute integer not null default 0,
    add column last_minute  integer not null default 0;
update batches set last_minute = arrival / 60000 + 60;
create index batches_by_time on batches (last_minute, arrival, partition, "offset")
    where parsed > 0;

-- Rows come in the order of time but for imports, and updates leave these indexes alone.
create index pattern_minutes_by_time on pattern_minutes using brin (minute int4_minmax_multi_ops)
    with (pages_per_range = 16, autosummarize = on);
create index pattern_hours_by_time on pattern_hours using brin (hour int4_minmax_multi_ops)
    with (pages_per_range = 16, autosummarize = on);
create index pattern_sightings_by_uid on pattern_sightings (uid);

create index alerts_by_words on alerts using gin (to_tsvector('simple', document ->> 'title'));
"""


def upgrade() -> None:
    """Adds columns and indexes; of rows that are there any time up to their arrival may hold."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops them."""
    op.execute(
        "drop index alerts_by_words, pattern_sightings_by_uid, pattern_hours_by_time,"
        " pattern_minutes_by_time, batches_by_time"
    )
    op.execute("alter table batches drop column first_minute, drop column last_minute")
