"""Users, their sessions, wrong passwords, and the audit log, which only grows."""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES = """
create table users (
    id            text primary key collate "C",
    username      text not null,
    name          text not null,
    email         text not null,
    role          text not null,
    disabled      boolean not null default false,
    password      text not null,            -- argon2id, with its parameters
    preferences   jsonb not null default '{}',
    version       integer not null default 1,   -- of the row: its ETag
    role_version  integer not null default 1,   -- tokens that were made for another are refused
    created_at    timestamptz not null default now(),
    last_login_at timestamptz
);
create unique index users_by_username on users (lower(username));

create table sessions (                     -- one login
    id           text primary key collate "C",
    user_id      text not null references users on delete cascade,
    created_at   timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    expires_at   timestamptz not null,      -- unless it is refreshed before
    ended_at     timestamptz,
    ended_why    text,                      -- logout, password, disabled, reused, ended
    address      text not null,
    agent        text not null
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_expiry on sessions (expires_at);

create table refresh_tokens (               -- a family a session; only the newest may be used
    hash        bytea primary key,          -- SHA-256
    session_id  text not null references sessions on delete cascade,
    issued_at   timestamptz not null default now(),
    replaced_at timestamptz,
    seed        bytea                       -- makes the next token out of this one, for a while
);
create index refresh_tokens_by_session on refresh_tokens (session_id);

create table login_failures (               -- since the last right password
    account  bytea not null,                -- a digest: people type passwords into the wrong field
    address  text not null,
    failures integer not null,
    last_at  timestamptz not null,
    primary key (account, address)
);

create index login_failures_by_time on login_failures (last_at);

create table audit (
    id         bigint generated always as identity primary key,
    at         timestamptz not null default clock_timestamp(),
    actor_id   text not null,
    actor      text not null,
    actor_kind text not null,
    session    text not null,
    address    text not null,
    trace_id   text not null,
    action     text not null,
    object     text not null,
    before     jsonb,
    after      jsonb
);
create index audit_by_actor on audit (actor, id);
create index audit_by_object on audit (object, id);
create index audit_by_time on audit (at);

create function audit_only_grows() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log only grows: % is refused', tg_op
        using errcode = 'insufficient_privilege';
end $$;
create trigger audit_only_grows before update or delete or truncate on audit
    for each statement execute function audit_only_grows();
alter table audit enable always trigger audit_only_grows;
"""


def upgrade() -> None:
    """Creates the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drops them."""
    op.execute("drop table audit, login_failures, refresh_tokens, sessions, users")
    op.execute("drop function audit_only_grows")
