"""What people decide on alerts: operations, and what lists of alerts filter and sort by."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = """
create table operations (            -- people's commands
    id      text primary key collate "C",
    kind    text not null,
    by_id   text not null,
    by_name text not null,
    at      timestamptz not null,
    kept_at timestamptz not null default now()
);
create index operations_by_age on operations (kept_at);

create table operation_results (     -- what became of each; may come before the command
    id      text primary key collate "C",
    items   jsonb not null,
    kept_at timestamptz not null default now()
);
create index operation_results_by_age on operation_results (kept_at);

alter table alerts
    add column type         text not null default '',
    add column acknowledged boolean not null default false,
    add column suppressed   boolean not null default false,
    add column owner        text not null default '',
    add column service      text not null default '',
    add column count        integer not null default 0,
    add column labels       jsonb not null default '{}',
    add column title        text not null default '',
    add column words        text not null default '',  -- what a search looks through
    -- Ascending: open before closed, then by severity, then the youngest first.
    add column worst        bigint not null default 0,
    add column shown        text generated always as (
        case when state = 'firing' and suppressed then 'suppressed'
             when state = 'firing' and acknowledged then 'acknowledged' else state end
    ) stored;

-- Large documents lie apart, so that a filter reads fewer pages.
alter table alerts set (toast_tuple_target = 128);
alter table alerts
    alter column document set storage extended,
    alter column labels set storage main,
    alter column title set storage main,
    alter column words set storage main;

update alerts set
    type = document ->> 'type',
    acknowledged = (document ->> 'acknowledged')::boolean,
    suppressed = (document ->> 'suppressed')::boolean,
    owner = document ->> 'owner',
    service = coalesce(document -> 'labels' ->> 'service', ''),
    count = (document ->> 'count')::integer,
    labels = document -> 'labels',
    title = document ->> 'title',
    words = concat_ws(e'\\n', id, document ->> 'title', document ->> 'description'),
    worst = (case when state in ('pending', 'firing') then 0 else 8 end + severity) * 2^44::bigint
            - floor(extract(epoch from first_seen) * 1000)::bigint;

create index alerts_worst on alerts (worst, id);
create index alerts_by_last_seen on alerts (last_seen, id);
"""
# The extension is trusted and comes with most servers; without it a search reads every row.
SEARCH = """
do $$ begin
    create extension if not exists pg_trgm;
    create index alerts_words on alerts using gin (words gin_trgm_ops);
exception when undefined_file or insufficient_privilege or feature_not_supported then
    raise notice 'no pg_trgm: %', sqlerrm;
end $$
"""


def upgrade() -> None:
    """Creates the tables, and fills the columns from the documents."""
    op.execute(TABLES)
    op.execute(SEARCH)


def downgrade() -> None:
    """Drops them."""
    op.execute(
        "drop index if exists alerts_words; drop index alerts_worst, alerts_by_last_seen;"
        " alter table alerts drop column shown; alter table alerts"
        " drop column type, drop column acknowledged, drop column suppressed, drop column owner,"
        " drop column service, drop column count, drop column labels, drop column title,"
        " drop column words, drop column worst; drop table operation_results, operations"
    )
